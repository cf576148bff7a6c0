import AllocationTestSupport
import Inference
import SharedTestData
import Synchronization
import Testing

/// A step in which the same requests decode takes no memory, on no path but those that make text.
@Suite(.needsSharedData) struct EngineAllocationTests {
  @Test(arguments: [
    GenerationParameters(temperature: 0), GenerationParameters(temperature: 0.8),
    GenerationParameters(temperature: 0.8, topK: 40, topP: 0.9),
    GenerationParameters(temperature: 0, penalties: Penalties(frequency: 0.5)),
  ])
  func `100 decode steps of 8 requests allocate nothing`(parameters: GenerationParameters) async throws {
    let counts = Mutex<[UInt]>([])
    counts.withLock { $0.reserveCapacity(1000) }
    let engine = try Reference.engine(threads: 1, options: EngineOptions(maximumBatch: 8)) { step in
      guard step.isDecodeOnly, step.batchSize == 8 else { return }
      counts.withLock { $0.append(allocation_count()) }
    }
    let requests = (0..<8).map { index in
      var parameters = parameters
      parameters.maxTokens = 400
      parameters.seed = UInt64(index)
      parameters.ignoreEOS = true
      return GenerationRequest(promptTokens: [1, 300 + index], parameters: parameters)
    }
    let canary = Array(repeating: 0, count: 100 + requests.count)
    #expect(canary.isEmpty == false && allocation_count() > 0, "allocations are counted")
    _ = try await engine.generateAll(requests)
    let all = counts.withLock { $0 }
    try #require(all.count > 200)
    // The first steps grow what is used again from then on.
    #expect(all[200] - all[100] == 0)
  }
}
