package import Logging
package import Postgres
import ServiceLifecycle
import Synchronization
package import Telemetry

/// Claims jobs, runs them, and tells the database: four loops around one state.
///
/// `Worker+Lease` keeps the registration, `Worker+Claim` takes and runs jobs, `Worker+Write` stores how they end,
/// `Worker+Listen` hears the wake-ups. What the lease and the drain demand is decided by their state machines.
package final class Worker: Service {
  struct State {
    var lease: LeaseStateMachine
    var drain = DrainStateMachine()
    /// Nil while there is no registration.
    var session: WorkerSession?
    var attempts = WorkerAttempts()
    /// A `quern_control` notification came: fetch the commands now.
    var wasCalled = false
  }

  let configuration: WorkerConfiguration
  let database: any QueueDatabase
  let runner: any JobRunner
  let metrics: WorkerMetrics
  /// Goes on with each answer of the database: for the watchdog.
  let databaseProgress: ProgressSource
  let logger: Logger
  let state: Mutex<State>
  let leaseBell = Bell()
  let claimBell = Bell()
  let writeBell = Bell()
  let scratch: ScratchSpace
  private let listener: PostgresListener
  private let start = ContinuousClock.now

  package init(
    _ configuration: WorkerConfiguration,
    database: any QueueDatabase,
    listener: PostgresListener,
    runner: any JobRunner,
    metrics: WorkerMetrics,
    databaseProgress: ProgressSource,
    logger: Logger
  ) {
    self.configuration = configuration
    self.database = database
    self.listener = listener
    self.runner = runner
    self.metrics = metrics
    self.databaseProgress = databaseProgress
    self.logger = logger
    scratch = ScratchSpace(in: configuration.scratchDirectory)
    state = Mutex(State(lease: LeaseStateMachine(lease: configuration.lease, now: .zero)))
  }

  /// The channels that the listener must have.
  package static let channels = ["quern_queued", "quern_control"]

  /// Returns after the drain that a graceful shutdown, or an operator's command, begins.
  package func run() async throws {
    let leftovers = scratch.removeLeftovers()
    if leftovers > 0 { logger.notice("deleted what killed workers left", metadata: ["directories": "\(leftovers)"]) }
    defer { scratch.remove() }
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        group.addTask(name: "listen") { await self.listen(to: self.listener.notifications) }
        group.addTask(name: "lease") { await self.keepLease() }
        await withTaskGroup { loops in
          loops.addTask(name: "claim") { await self.claimAndRun() }
          loops.addTask(name: "write") { await self.writeOutcomes() }
        }
        await deregister()
        group.cancelAll()
      }
    } onGracefulShutdown: {
      let actions = self.state.withLock { $0.drain.stopRequested(attempts: $0.attempts.count) }
      self.perform(actions)
    }
  }

  /// On the monotonic clock of the lease.
  var now: Duration { ContinuousClock.now - start }

  /// Each loop looks at the state again.
  func perform(_ actions: [DrainStateMachine.Action]) {
    if actions.contains(.stopClaiming) {
      state.withLock { $0.attempts.beginDrain(within: configuration.drainLimit) }
    }
    if actions.contains(.handBack) { state.withLock { $0.attempts.handBack() } }
    for bell in [leaseBell, claimBell, writeBell] { bell.ring() }
  }

  /// What the worker does now, for a status line. Without renewal in time the registration is in doubt.
  package var snapshot: (running: Int, isDraining: Bool, isRegistered: Bool) {
    state.withLock { ($0.attempts.count, !$0.drain.mayClaim, $0.session != nil && $0.lease.mayWrite) }
  }

  private func deregister() async {
    guard let session = state.withLock({ $0.session }) else { return }
    do throws(QueueError) {
      try await session.deregister()
    } catch {
      // The lease ends by itself.
      logger.warning("could not deregister", metadata: ["error": "\(error)"])
    }
  }
}
