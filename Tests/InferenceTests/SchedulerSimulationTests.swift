import Inference
import Testing

/// Random requests, small caches: whatever happens, blocks are never shared or lost and everyone gets an answer.
@Suite struct SchedulerSimulationTests {
  private struct Request {
    let promptCount: Int
    let generatedCount: Int
    var tokenCount: Int
    var computedCount = 0
  }

  @Test(arguments: 0..<200)
  func `invariants hold in a random run`(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let batch = random(1...6)
    let configuration = Scheduler.Configuration(
      maximumBatch: batch,
      tokenBudget: batch + random(0...12),
      prefillChunk: random(1...9),
      blockCount: random(3...12),
      blockSize: random(1...5)
    )
    var scheduler = Scheduler(configuration)
    var requests: [SequenceID: Request] = [:]
    var submittedCount = 0
    var stepCount = 0
    while submittedCount < 30 || !requests.isEmpty {
      stepCount += 1
      #expect(stepCount < 20_000, "no progress")
      guard stepCount < 20_000 else { return }
      if submittedCount < 30, random(0...2) == 0 {
        let limit = min(scheduler.positionCapacity, 24)
        let promptCount = random(1...limit)
        let generatedCount = random(1...limit - promptCount + 1)
        let id = SequenceID(submittedCount)
        #expect(
          scheduler.submit(id, tokenCount: promptCount, positionLimit: promptCount + generatedCount - 1) == .accepted
        )
        requests[id] = Request(promptCount: promptCount, generatedCount: generatedCount, tokenCount: promptCount)
        submittedCount += 1
      }
      if random(0...40) == 0, let id = requests.keys.sorted().randomElement(using: &generator) {
        #expect(scheduler.cancel(id) == .removed)
        requests[id] = nil
      }
      guard let step = scheduler.plan() else {
        #expect(requests.isEmpty)
        continue
      }
      check(step, configuration, &requests)
      var finished: Set<SequenceID> = []
      for slice in step.slices {
        requests[slice.id]?.computedCount += slice.count
        guard slice.endsSequence, var request = requests[slice.id] else { continue }
        request.tokenCount += 1
        requests[slice.id] = request
        if request.tokenCount == request.promptCount + request.generatedCount {
          finished.insert(slice.id)
          requests[slice.id] = nil
        }
      }
      #expect(scheduler.finishStep(finished: finished) == [])
      #expect(scheduler.runningCount + scheduler.waitingCount == requests.count)
    }
    #expect(scheduler.usedBlockCount == 0)
  }

  private func check(
    _ step: Scheduler.Step,
    _ configuration: Scheduler.Configuration,
    _ requests: inout [SequenceID: Request]
  ) {
    for id in step.preempted { requests[id]?.computedCount = 0 }
    #expect(step.rowCount <= configuration.tokenBudget)
    #expect(step.slices.count <= configuration.maximumBatch)
    #expect(Set(step.slices.map(\.id)).count == step.slices.count)
    #expect(Set(step.preempted).isDisjoint(with: step.slices.map(\.id)))
    let blocks = step.slices.flatMap(\.blockTable)
    #expect(Set(blocks).count == blocks.count)
    let valid = 0..<Int32(configuration.blockCount)
    #expect(blocks.allSatisfy(valid.contains))
    for slice in step.slices {
      let request = requests[slice.id]
      #expect(slice.start == request?.computedCount)
      #expect(slice.endsSequence == (slice.start + slice.count == request?.tokenCount))
      #expect(slice.blockTable.count * configuration.blockSize >= slice.start + slice.count)
    }
  }
}
