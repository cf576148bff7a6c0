internal import CKernels
internal import Glibc
internal import Synchronization

/// What a run asks for: ranges of at most `grain` items that cover `0 ..< count`.
@unsafe struct Job {
  let body: TileFunction
  let context: UnsafeMutableRawPointer
  let count: Int
  let grain: Int
}

/// Where the caller of a run and the workers meet.
///
/// `state` holds the run's number, whether it is open, and how many workers have joined it. A worker joins by a
/// compare-and-exchange on the state it saw, so it can join only an open run; the job is written only while the
/// board is closed with no worker joined. Therefore who reads the job sees the one it joined.
@safe final class JobBoard {
  private let state = Atomic<UInt64>(0)
  private let next = Atomic<Int>(0)
  private let isTaken = Atomic<Bool>(false)
  private let isClosed = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private var job: Job?
  private let wakeUp = Condition()

  private static let openBit: UInt64 = 1 << 31
  private static let joinedMask: UInt64 = openBit - 1
  private static let runUnit: UInt64 = 1 << 32
  /// Some tens of microseconds: longer than the gap between two operations of a decode step.
  private static let spinCount = 4000

  /// False when another run holds the board.
  func open(_ job: Job) -> Bool {
    guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return false }
    unsafe self.job = job
    next.store(0, ordering: .relaxed)
    let run = state.load(ordering: .relaxed) & ~(Self.openBit | Self.joinedMask)
    state.store((run &+ Self.runUnit) | Self.openBit, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeUp.broadcast() }
    return true
  }

  /// The caller's part: works, admits no more workers, waits for those that joined.
  func workAndClose() {
    work()
    state.bitwiseAnd(~Self.openBit, ordering: .acquiringAndReleasing)
    var spins = 0
    while state.load(ordering: .acquiring) & Self.joinedMask != 0 {
      ck_spin_pause()
      spins += 1
      if spins % Self.spinCount == 0 { sched_yield() }
    }
    unsafe job = nil
    isTaken.store(false, ordering: .releasing)
  }

  /// A worker's life.
  func serve() {
    while !isClosed.load(ordering: .acquiring) {
      let seen = state.load(ordering: .acquiring)
      guard seen & Self.openBit != 0 else {
        rest(until: seen)
        continue
      }
      guard state.compareExchange(expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing).exchanged
      else { continue }
      work()
      state.subtract(1, ordering: .acquiringAndReleasing)
      rest(until: seen)
    }
  }

  /// Ends `serve()` of every worker.
  func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    wakeUp.broadcast()
  }

  private func work() {
    guard let job = unsafe job else { return }
    while true {
      let first = unsafe next.wrappingAdd(job.grain, ordering: .relaxed).oldValue
      guard unsafe first < job.count else { return }
      unsafe job.body(job.context, first, min(first + job.grain, job.count))
    }
  }

  /// Returns when a run other than the one `seen` may be open, or the board is closed.
  private func rest(until seen: UInt64) {
    for _ in 0..<Self.spinCount {
      if isNew(since: seen) { return }
      ck_spin_pause()
    }
    wakeUp.wait(
      while: { !self.isNew(since: seen) },
      onSleep: { self.sleepers.add($0, ordering: .sequentiallyConsistent) }
    )
  }

  private func isNew(since seen: UInt64) -> Bool {
    let now = state.load(ordering: .sequentiallyConsistent)
    let isAnotherRun = now / Self.runUnit != seen / Self.runUnit
    return (isAnotherRun && now & Self.openBit != 0) || isClosed.load(ordering: .sequentiallyConsistent)
  }
}

/// `job` follows the protocol above; everything else is atomic or the condition's own.
extension JobBoard: @unchecked Sendable {}
