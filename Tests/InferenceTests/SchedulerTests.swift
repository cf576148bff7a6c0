import Inference
import Testing

@Suite struct SchedulerTests {
  static func scheduler(
    batch: Int = 4,
    budget: Int = 16,
    chunk: Int = 8,
    blocks: Int = 100,
    blockSize: Int = 4
  ) -> Scheduler {
    Scheduler(
      Scheduler.Configuration(
        maximumBatch: batch,
        tokenBudget: budget,
        prefillChunk: chunk,
        blockCount: blocks,
        blockSize: blockSize
      )
    )
  }

  static func summary(_ step: Scheduler.Step?) -> [[Int]] {
    step?.slices.map { [$0.id.rawValue, $0.start, $0.count, $0.endsSequence ? 1 : 0] } ?? []
  }

  @Test func `nothing submitted, nothing planned`() {
    var scheduler = Self.scheduler()
    #expect(scheduler.plan() == nil)
    #expect(scheduler.plan() == nil)
  }

  @Test func `a prompt goes in chunks, then one token a step`() {
    var scheduler = Self.scheduler()
    #expect(scheduler.submit(SequenceID(0), tokenCount: 20, positionLimit: 30) == .accepted)
    let expected = [[0, 0, 8, 0], [0, 8, 8, 0], [0, 16, 4, 1], [0, 20, 1, 1], [0, 21, 1, 1]]
    for slice in expected {
      #expect(Self.summary(scheduler.plan()) == [slice])
      #expect(scheduler.finishStep(finished: []) == [])
    }
    #expect(Self.summary(scheduler.plan()) == [[0, 22, 1, 1]])
    #expect(scheduler.finishStep(finished: [SequenceID(0)]) == [])
    #expect(scheduler.plan() == nil)
    #expect(scheduler.usedBlockCount == 0)
  }

  @Test func `decode rows come before prompts and the budget holds`() {
    var scheduler = Self.scheduler(budget: 10)
    for (id, count) in [(0, 1), (1, 20), (2, 5)] {
      _ = scheduler.submit(SequenceID(id), tokenCount: count, positionLimit: 60)
    }
    #expect(Self.summary(scheduler.plan()) == [[0, 0, 1, 1], [1, 0, 8, 0], [2, 0, 1, 0]])
    _ = scheduler.finishStep(finished: [])
    #expect(Self.summary(scheduler.plan()) == [[0, 1, 1, 1], [1, 8, 8, 0], [2, 1, 1, 0]])
    _ = scheduler.finishStep(finished: [])
    #expect(Self.summary(scheduler.plan()) == [[0, 2, 1, 1], [1, 16, 4, 1], [2, 2, 3, 1]])
  }

  @Test func `more sequences than the batch holds wait in their order`() {
    var scheduler = Self.scheduler(batch: 2)
    for id in 0..<4 { _ = scheduler.submit(SequenceID(id), tokenCount: 2, positionLimit: 8) }
    #expect(scheduler.plan()?.slices.map(\.id.rawValue) == [0, 1])
    #expect(scheduler.waitingCount == 2)
    _ = scheduler.finishStep(finished: [SequenceID(0)])
    #expect(scheduler.plan()?.slices.map(\.id.rawValue) == [1, 2])
    _ = scheduler.finishStep(finished: [SequenceID(1), SequenceID(2)])
    #expect(scheduler.plan()?.slices.map(\.id.rawValue) == [3])
  }

  @Test func `a long prompt at the head is not overtaken for want of blocks`() {
    var scheduler = Self.scheduler(blocks: 4)
    _ = scheduler.submit(SequenceID(0), tokenCount: 8, positionLimit: 16)
    _ = scheduler.submit(SequenceID(1), tokenCount: 12, positionLimit: 12)
    _ = scheduler.submit(SequenceID(2), tokenCount: 1, positionLimit: 1)
    #expect(scheduler.plan()?.slices.map(\.id.rawValue) == [0])
    _ = scheduler.finishStep(finished: [SequenceID(0)])
    #expect(scheduler.plan()?.slices.map(\.id.rawValue) == [1, 2])
  }

  @Test func `the newest gives its blocks to an older one and is computed again`() throws {
    var scheduler = Self.scheduler(blocks: 4)
    _ = scheduler.submit(SequenceID(0), tokenCount: 8, positionLimit: 16)
    _ = scheduler.submit(SequenceID(1), tokenCount: 7, positionLimit: 16)
    #expect(Self.summary(scheduler.plan()) == [[0, 0, 8, 1], [1, 0, 7, 1]])
    _ = scheduler.finishStep(finished: [])
    let planned = scheduler.plan()
    let step = try #require(planned)
    #expect(Self.summary(step) == [[0, 8, 1, 1]])
    #expect(step.preempted == [SequenceID(1)])
    #expect(step.slices[0].blockTable.count == 3)
    _ = scheduler.finishStep(finished: [])
    #expect(scheduler.waitingCount == 1)
    // Its 8 tokens need 2 blocks; 1 is free until the older one has ended.
    #expect(Self.summary(scheduler.plan()) == [[0, 9, 1, 1]])
    _ = scheduler.finishStep(finished: [SequenceID(0)])
    #expect(Self.summary(scheduler.plan()) == [[1, 0, 8, 1]])
  }

  @Test func `the newest waits with its blocks when it needs one itself`() {
    var scheduler = Self.scheduler(blocks: 4)
    _ = scheduler.submit(SequenceID(0), tokenCount: 5, positionLimit: 16)
    _ = scheduler.submit(SequenceID(1), tokenCount: 8, positionLimit: 16)
    _ = scheduler.plan()
    _ = scheduler.finishStep(finished: [])
    for position in 5..<8 {
      #expect(Self.summary(scheduler.plan()) == [[0, position, 1, 1]])
      #expect(scheduler.runningCount == 2)
      _ = scheduler.finishStep(finished: [])
    }
    #expect(scheduler.plan()?.preempted == [SequenceID(1)])
  }

  @Test func `what can never fit is refused at once`() {
    var scheduler = Self.scheduler(blocks: 4)
    #expect(scheduler.submit(SequenceID(0), tokenCount: 1, positionLimit: 17) == .exceedsCapacity)
    #expect(scheduler.submit(SequenceID(0), tokenCount: 1, positionLimit: 16) == .accepted)
    #expect(scheduler.positionCapacity == 16)
  }
}
