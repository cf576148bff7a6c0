import Inference
import Testing

/// Every state of a sequence against every event.
@Suite struct SchedulerStateTests {
  enum SequenceState: CaseIterable, Sendable {
    case unknown, waiting, awaitingBlock, preempted, prefilling, decoding, inStep, cancelledInStep, finished
  }

  /// A scheduler whose sequence 1 is in `state`.
  private static func driver(_ state: SequenceState) -> SchedulerDriver {
    var driver = SchedulerDriver(batch: 2, blocks: 4, usesPrefixCache: state == .awaitingBlock)
    switch state {
    case .unknown: break
    case .waiting: driver.submit(1, count: 3)
    case .awaitingBlock:
      driver.submit(0, count: 12, text: 1)
      driver.submit(1, count: 12, text: 1)
      driver.step()
      _ = driver.cancel(0)
    case .preempted:
      driver.submit(0, count: 8)
      driver.submit(1, count: 8)
      driver.step()
      driver.step()
      _ = driver.cancel(0)
    case .prefilling:
      driver.submit(1, count: 12)
      driver.step()
    case .decoding:
      driver.submit(1, count: 3)
      driver.step()
    case .inStep, .cancelledInStep:
      driver.submit(1, count: 3)
      _ = driver.plan()
      if state == .cancelledInStep { _ = driver.cancel(1) }
    case .finished:
      driver.submit(1, count: 3)
      driver.step(ending: [1])
    }
    return driver
  }

  @Test(arguments: [
    (SequenceState.unknown, Scheduler.Cancellation.unknown), (.waiting, .removed), (.awaitingBlock, .removed),
    (.preempted, .removed), (.prefilling, .removed), (.decoding, .removed), (.inStep, .removedAfterStep),
    (.cancelledInStep, .removedAfterStep), (.finished, .unknown),
  ])
  func `cancelling`(state: SequenceState, outcome: Scheduler.Cancellation) {
    var driver = Self.driver(state)
    #expect(driver.cancel(1) == outcome)
    if outcome == .removedAfterStep {
      #expect(driver.scheduler.usedBlockCount > 0)
      driver.finish()
    }
    #expect(driver.plan() == [])
    #expect(driver.scheduler.usedBlockCount == 0)
    #expect(driver.cancel(1) == .unknown)
  }

  @Test(
    arguments: [
      (SequenceState.unknown, []), (.waiting, [[1, 0, 3, 1]]), (.awaitingBlock, [[1, 8, 4, 1]]),
      (.preempted, [[1, 0, 8, 0]]), (.prefilling, [[1, 8, 4, 1]]), (.decoding, [[1, 3, 1, 1]]), (.finished, []),
    ] as [(SequenceState, [[Int]])]
  )
  func `planning`(state: SequenceState, slices: [[Int]]) {
    var driver = Self.driver(state)
    #expect(driver.plan() == slices)
  }

  @Test(arguments: SequenceState.allCases)
  func `submitting another one is accepted in every state`(state: SequenceState) {
    var driver = Self.driver(state)
    #expect(driver.submit(2, count: 2, limit: 4) != .exceedsCapacity)
    if state == .inStep || state == .cancelledInStep { driver.finish() }
    let ids =
      driver.planIDs()
      + {
        driver.finish(); return driver.planIDs()
      }()
    #expect(ids.contains(2))
  }

  @Test(arguments: [(SequenceState.inStep, [1]), (.cancelledInStep, [])])
  func `ending a step`(state: SequenceState, running: [Int]) {
    var driver = Self.driver(state)
    driver.finish()
    #expect(driver.planIDs() == running)
  }

  @Test func `a sequence that ends in the step in which it is cancelled has ended`() {
    var driver = Self.driver(.cancelledInStep)
    driver.finish(ending: [1])
    #expect(driver.scheduler.usedBlockCount == 0)
  }

  @Test func `a slot is given anew, and its old name is unknown`() {
    var driver = Self.driver(.finished)
    #expect(driver.submit(2, count: 3) == .accepted(slot: 0))
    #expect(driver.cancel(1) == .unknown)
    #expect(driver.cancel(2) == .removed)
  }

  @Test func `planning during a step is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var driver = SchedulerDriver()
      driver.submit(0, count: 1)
      _ = driver.plan()
      _ = driver.plan()
    }
  }

  @Test func `ending a step that was not planned is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var driver = SchedulerDriver()
      driver.scheduler.finishStep()
    }
  }

  @Test func `a sequence that neither goes on nor ends is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var driver = SchedulerDriver()
      driver.submit(0, count: 1)
      _ = driver.plan()
      driver.scheduler.finishStep()
    }
  }

  @Test func `ids that do not grow are a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var driver = SchedulerDriver()
      driver.submit(3, count: 1)
      driver.submit(3, count: 1)
    }
  }

  @Test func `a sequence without tokens is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var driver = SchedulerDriver()
      driver.submit(0, count: 0)
    }
  }
}
