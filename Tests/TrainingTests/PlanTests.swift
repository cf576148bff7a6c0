import Testing
import Training

struct PlanTests {
  static func plan(
    _ examples: Int,
    batch: Int,
    accumulation: Int,
    length: TrainingOptions.Length,
    dropsLast: Bool = false
  ) throws -> TrainingPlan {
    let batches = BatchOptions(trainBatchSize: batch, accumulation: accumulation, dropsLast: dropsLast)
    return try TrainingPlan(options: TrainingOptions(length: length, batches: batches), exampleCount: examples)
  }

  @Test func `an epoch ends with a window of what is left`() throws {
    let plan = try Self.plan(22, batch: 4, accumulation: 4, length: .epochs(3))
    #expect(plan.batchesPerEpoch == 6)
    #expect(plan.stepsPerEpoch == 2)
    #expect(plan.totalSteps == 6)
    #expect(plan.window(atStep: 0) == [0..<4, 4..<8, 8..<12, 12..<16])
    #expect(plan.window(atStep: 1) == [16..<20, 20..<22])
    #expect(plan.window(atStep: 2) == plan.window(atStep: 0))
    #expect(plan.position(atStep: 3) == (1, 16))
  }

  @Test func `epochs are counted in batches as transformers counts them`() throws {
    let plan = try Self.plan(22, batch: 4, accumulation: 4, length: .epochs(3))
    let epochs: [Double] = [0, 4.0 / 6, 1, 1 + 4.0 / 6, 2]
    #expect((0...4).map { plan.epoch(afterStep: $0) } == epochs)
    let half = try Self.plan(22, batch: 4, accumulation: 4, length: .epochs(0.6))
    #expect(half.totalSteps == 2)
    let steps = try Self.plan(22, batch: 4, accumulation: 1, length: .steps(7))
    #expect(steps.epochCount == 2)
  }

  @Test func `dropping the last rows leaves full batches, and none is an error`() throws {
    let plan = try Self.plan(22, batch: 4, accumulation: 1, length: .epochs(1), dropsLast: true)
    #expect(plan.totalSteps == 5)
    #expect(throws: TrainingError.fewerExamplesThanBatch(examples: 3, batchSize: 4)) {
      try Self.plan(3, batch: 4, accumulation: 1, length: .epochs(1), dropsLast: true)
    }
    #expect(throws: TrainingError.noExamples(split: "train")) {
      try Self.plan(0, batch: 4, accumulation: 1, length: .epochs(1))
    }
  }

  private static func order(
    _ sampling: BatchOptions.Sampling,
    lengths: [Int],
    batch: Int = 4,
    seed: UInt64 = 42
  ) throws -> EpochOrder {
    let batches = BatchOptions(trainBatchSize: batch, sampling: sampling)
    return EpochOrder(options: try TrainingOptions(batches: batches, seed: seed), lengths: lengths)
  }

  @Test(arguments: BatchOptions.Sampling.allCases)
  func `an epoch takes each row once and is the same each time`(sampling: BatchOptions.Sampling) throws {
    let lengths = (0..<1000).map { $0 * 7919 % 97 + 1 }
    let order = try Self.order(sampling, lengths: lengths)
    for epoch in 0..<3 {
      #expect(order.rows(epoch: epoch).sorted() == Array(0..<1000))
      #expect(order.rows(epoch: epoch) == (try Self.order(sampling, lengths: lengths)).rows(epoch: epoch))
    }
  }

  @Test func `random orders differ by epoch and by seed, and reach every place`() throws {
    let lengths = [Int](repeating: 1, count: 6)
    let first = try Self.order(.random, lengths: lengths)
    var firstRows: [Int: Int] = [:]
    for epoch in 0..<6000 { firstRows[first.rows(epoch: epoch)[0], default: 0] += 1 }
    // 1000 each, give or take five standard deviations.
    #expect(firstRows.values.allSatisfy { abs($0 - 1000) < 150 })
    let many = [Int](repeating: 1, count: 100)
    let other = try Self.order(.random, lengths: many, seed: 43)
    #expect(try Self.order(.random, lengths: many).rows(epoch: 0) != other.rows(epoch: 0))
  }

  @Test func `rows of like length come together, the longest first`() throws {
    let lengths = (0..<400).map { $0 * 7919 % 397 + 1 }
    let rows = try Self.order(.groupByLength, lengths: lengths).rows(epoch: 0)
    #expect(lengths[rows[0]] == lengths.max())
    // 25 batches of 4 make a group; within one, lengths fall, but for the row that gave way to the longest.
    for start in stride(from: 0, to: 400, by: 100) {
      let group = rows[start..<start + 100].dropFirst().map { lengths[$0] }
      #expect(group == group.sorted(by: >))
    }
  }
}
