import Inference
import Testing

/// Every state of a sequence against every event.
@Suite struct SchedulerStateTests {
  enum SequenceState: CaseIterable, Sendable {
    case unknown, waiting, preempted, prefilling, decoding, inStep, cancelledInStep, finished
  }

  /// A scheduler whose sequence 1 is in `state`.
  private static func scheduler(_ state: SequenceState) -> Scheduler {
    var scheduler = SchedulerTests.scheduler(batch: 2, blocks: 4)
    func step(finished: Set<SequenceID> = []) {
      _ = scheduler.plan()
      _ = scheduler.finishStep(finished: finished)
    }
    switch state {
    case .unknown: break
    case .waiting: _ = scheduler.submit(SequenceID(1), tokenCount: 3, positionLimit: 16)
    case .preempted:
      _ = scheduler.submit(SequenceID(0), tokenCount: 8, positionLimit: 16)
      _ = scheduler.submit(SequenceID(1), tokenCount: 8, positionLimit: 16)
      step()
      step()
      _ = scheduler.cancel(SequenceID(0))
    case .prefilling:
      _ = scheduler.submit(SequenceID(1), tokenCount: 12, positionLimit: 16)
      step()
    case .decoding:
      _ = scheduler.submit(SequenceID(1), tokenCount: 3, positionLimit: 16)
      step()
    case .inStep, .cancelledInStep:
      _ = scheduler.submit(SequenceID(1), tokenCount: 3, positionLimit: 16)
      _ = scheduler.plan()
      if state == .cancelledInStep { _ = scheduler.cancel(SequenceID(1)) }
    case .finished:
      _ = scheduler.submit(SequenceID(1), tokenCount: 3, positionLimit: 16)
      step(finished: [SequenceID(1)])
    }
    return scheduler
  }

  @Test(arguments: [
    (SequenceState.unknown, Scheduler.Cancellation.unknown), (.waiting, .removed), (.preempted, .removed),
    (.prefilling, .removed), (.decoding, .removed), (.inStep, .removedAfterStep),
    (.cancelledInStep, .removedAfterStep), (.finished, .unknown),
  ])
  func `cancelling`(state: SequenceState, outcome: Scheduler.Cancellation) {
    var scheduler = Self.scheduler(state)
    #expect(scheduler.cancel(SequenceID(1)) == outcome)
    if outcome == .removedAfterStep {
      #expect(scheduler.usedBlockCount > 0)
      #expect(scheduler.finishStep(finished: []) == [SequenceID(1)])
    }
    #expect(scheduler.plan() == nil)
    #expect(scheduler.usedBlockCount == 0)
    #expect(scheduler.cancel(SequenceID(1)) == .unknown)
  }

  @Test(
    arguments: [
      (SequenceState.unknown, []), (.waiting, [[1, 0, 3, 1]]), (.preempted, [[1, 0, 8, 0]]),
      (.prefilling, [[1, 8, 4, 1]]),
      (.decoding, [[1, 3, 1, 1]]), (.finished, []),
    ] as [(SequenceState, [[Int]])]
  )
  func `planning`(state: SequenceState, slices: [[Int]]) {
    var scheduler = Self.scheduler(state)
    #expect(SchedulerTests.summary(scheduler.plan()) == slices)
  }

  @Test(arguments: SequenceState.allCases)
  func `submitting another one is accepted in every state`(state: SequenceState) {
    var scheduler = Self.scheduler(state)
    #expect(scheduler.submit(SequenceID(2), tokenCount: 2, positionLimit: 4) == .accepted)
    if state == .inStep || state == .cancelledInStep { _ = scheduler.finishStep(finished: []) }
    #expect(scheduler.plan()?.slices.last?.id == SequenceID(2))
  }

  @Test(
    arguments: [(SequenceState.inStep, []), (.cancelledInStep, [SequenceID(1)])] as [(SequenceState, [SequenceID])]
  )
  func `ending a step`(state: SequenceState, cancelled: [SequenceID]) {
    var scheduler = Self.scheduler(state)
    #expect(scheduler.finishStep(finished: []) == cancelled)
    #expect((scheduler.plan() == nil) == !cancelled.isEmpty)
  }

  @Test func `a sequence that ends in the step in which it is cancelled has ended`() {
    var scheduler = Self.scheduler(.cancelledInStep)
    #expect(scheduler.finishStep(finished: [SequenceID(1)]) == [])
    #expect(scheduler.usedBlockCount == 0)
  }

  @Test func `planning during a step is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var scheduler = SchedulerTests.scheduler()
      _ = scheduler.submit(SequenceID(0), tokenCount: 1, positionLimit: 1)
      _ = scheduler.plan()
      _ = scheduler.plan()
    }
  }

  @Test func `ending a step that was not planned is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var scheduler = SchedulerTests.scheduler()
      _ = scheduler.finishStep(finished: [])
    }
  }

  @Test func `ids that do not grow are a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var scheduler = SchedulerTests.scheduler()
      _ = scheduler.submit(SequenceID(3), tokenCount: 1, positionLimit: 1)
      _ = scheduler.submit(SequenceID(3), tokenCount: 1, positionLimit: 1)
    }
  }

  @Test func `a sequence without tokens is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var scheduler = SchedulerTests.scheduler()
      _ = scheduler.submit(SequenceID(0), tokenCount: 0, positionLimit: 1)
    }
  }
}
