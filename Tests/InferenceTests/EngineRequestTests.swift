import Checkpoints
import Dispatch
import Foundation
import Inference
import JSON
import SharedTestData
import Synchronization
import Testing

@Suite(.needsSharedData) struct EngineRequestTests {
  private static func request(_ prompt: [Int], _ parameters: GenerationParameters = GenerationParameters())
    -> GenerationRequest
  {
    GenerationRequest(promptTokens: prompt, parameters: parameters)
  }

  private static let faults: [(GenerationRequest, InferenceError)] = [
    (request([]), InferenceError.emptyPrompt),
    (request(Array(repeating: 5, count: 512)), .contextLengthExceeded(tokens: 512, limit: 512)),
    (request(Array(repeating: 5, count: 70_000)), .contextLengthExceeded(tokens: 70_000, limit: 512)),
    (request([1, 512]), .invalidToken(id: 512, vocabularySize: 512, parameter: "prompt")),
    (request([-1]), .invalidToken(id: -1, vocabularySize: 512, parameter: "prompt")),
    (request([Int.max]), .invalidToken(id: .max, vocabularySize: 512, parameter: "prompt")),
    (
      request([1], GenerationParameters(logitBias: [512: 1])),
      .invalidToken(id: 512, vocabularySize: 512, parameter: "logit_bias")
    ),
    (
      request([1], GenerationParameters(stopTokenIDs: [-7])),
      .invalidToken(id: -7, vocabularySize: 512, parameter: "stop_token_ids")
    ),
    (
      request([1], GenerationParameters(maxTokens: 0)), .invalidParameter(name: "max_tokens", requirement: "at least 1")
    ),
    (
      request([1], GenerationParameters(temperature: .nan)),
      .invalidParameter(name: "temperature", requirement: "a number of at least 0")
    ),
    (request([1], GenerationParameters(topK: 0)), .invalidParameter(name: "top_k", requirement: "at least 1")),
    (
      request([1], GenerationParameters(topP: 0)),
      .invalidParameter(name: "top_p", requirement: "above 0 and at most 1")
    ),
    (
      request([1], GenerationParameters(stop: ["x", ""])),
      .invalidParameter(name: "stop", requirement: "texts that are not empty")
    ),
    (
      request([1], GenerationParameters(logitBias: [3: .infinity])),
      .invalidParameter(name: "logit_bias", requirement: "made of finite numbers")
    ),
  ]

  @Test(arguments: faults)
  func `a request at fault is refused before any work`(request: GenerationRequest, error: InferenceError) async throws {
    let engine = try Reference.engine(threads: 1)
    await #expect(throws: error) { try await engine.generate(request) }
    #expect(engine.statistics.submittedCount == 0)
    #expect(engine.statistics.stepCount == 0)
  }

  @Test func `the context ends a generation`() async throws {
    let engine = try Reference.engine()
    let prompt = Array(repeating: 300, count: 500)
    let result = try await engine.generate(
      Self.request(prompt, GenerationParameters(temperature: 0, ignoreEOS: true))
    )
    #expect(result.generatedTokenCount == 12)
    #expect(result.finishReason == .length)
    let last = try await engine.generate(
      Self.request(Array(repeating: 300, count: 511), GenerationParameters(temperature: 0, ignoreEOS: true))
    )
    #expect(last.generatedTokenCount == 1)
  }

  @Test func `stop texts and stop tokens end a generation and are not returned`() async throws {
    let engine = try Reference.engine()
    func generate(_ parameters: GenerationParameters) async throws -> GenerationResult {
      try await engine.generate(Self.request([1], parameters))
    }
    // "Once upon a time, there was a little girl named Lily. She loved …"
    let byText = try await generate(GenerationParameters(maxTokens: 50, temperature: 0, stop: ["never", "girl nam"]))
    #expect(byText.text == "Once upon a time, there was a little ")
    #expect(byText.finishReason == .stop)
    let byToken = try await generate(GenerationParameters(maxTokens: 50, temperature: 0, stopTokenIDs: [432]))
    #expect(byToken.text == "Once upon a time")
    #expect(byToken.tokens.last == 432)
    #expect(byToken.finishReason == .stop)
    let whole = try await generate(GenerationParameters(maxTokens: 50, temperature: 0, stop: ["girl namxx"]))
    #expect(whole.text.contains("girl named"))
    #expect(whole.finishReason == .length)
  }

  @Test func `progress tells every token, and the new texts make the text`() async throws {
    let engine = try Reference.engine()
    let told = Mutex<[GenerationProgress]>([])
    let result = try await engine.generate(
      Self.request([1], GenerationParameters(maxTokens: 80, stop: ["zebra"], seed: 4))
    ) { progress in told.withLock { $0.append(progress) } }
    let all = told.withLock { $0 }
    #expect(all.map(\.generatedTokenCount) == Array(1...result.generatedTokenCount))
    #expect(all.map(\.newText).joined() == result.text)
    #expect(all.allSatisfy { $0.tokenLimit == 80 })
  }

  @Test func `cancelling a task ends its request within a step and harms no other`() async throws {
    let engine = try Reference.engine(options: EngineOptions(maximumBatch: 4))
    let other = Self.request([1], GenerationParameters(maxTokens: 300, temperature: 0, seed: 0, ignoreEOS: true))
    let expected = try await engine.generate(other).outcome
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let (started, continuation) = AsyncStream<Void>.makeStream()
          // The engine waits at the first token until the cancellation is there: a busy machine would let it finish.
          let isCancelled = DispatchSemaphore(value: 0)
          try await withThrowingTaskGroup(of: Void.self) { inner in
            inner.addTask {
              await #expect(throws: CancellationError.self) {
                try await engine.generate(other) { progress in
                  guard progress.generatedTokenCount == 1 else { return }
                  continuation.yield()
                  isCancelled.wait()
                }
              }
            }
            for await _ in started { break }
            inner.cancelAll()
            isCancelled.signal()
            try await inner.waitForAll()
          }
        }
      }
      group.addTask {
        let result = try await engine.generate(other)
        #expect(result.outcome == expected)
      }
      try await group.waitForAll()
    }
    #expect(engine.statistics.cancelledCount == 6)
    #expect(engine.statistics.succeededCount == 2)
    let again = try await engine.generate(other)
    #expect(again.outcome == expected)
    #expect(engine.statistics.usedBlockCount == 0)
  }

  @Test func `a task that is cancelled before it asks gets no work done`() async throws {
    let engine = try Reference.engine(threads: 1)
    await withTaskGroup(of: Void.self) { group in
      group.cancelAll()
      group.addTask {
        await #expect(throws: CancellationError.self) {
          try await engine.generate(Self.request([1], GenerationParameters(ignoreEOS: true)))
        }
      }
    }
    #expect(engine.statistics.generatedTokenCount == 0)
  }

  @Test func `shutting down fails what runs and refuses what comes`() async throws {
    let engine = try Reference.engine(options: EngineOptions(maximumBatch: 2))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<5 {
        group.addTask {
          await #expect(throws: InferenceError.shutDown) {
            try await engine.generate(Self.request([1], GenerationParameters(ignoreEOS: true))) { _ in engine.shutdown()
            }
          }
        }
      }
    }
    await #expect(throws: InferenceError.shutDown) { try await engine.generate(Self.request([1])) }
    engine.shutdown()
  }

  @Test func `a request larger than the whole cache is refused`() async throws {
    let engine = try Reference.engine(options: EngineOptions(blockCount: 2))
    await #expect(throws: InferenceError.cacheCapacityExceeded(tokens: 511, limit: 64)) {
      try await engine.generate(Self.request([1]))
    }
    let fits = try await engine.generate(Self.request([1], GenerationParameters(maxTokens: 64, ignoreEOS: true)))
    #expect(fits.generatedTokenCount == 64)
  }

  @Test func `statistics count what happened`() async throws {
    let observed = Mutex<[StepObservation]>([])
    let engine = try Reference.engine { step in observed.withLock { $0.append(step) } }
    let request = Self.request([1, 403, 407], GenerationParameters(maxTokens: 10, temperature: 0, ignoreEOS: true))
    let result = try await engine.generate(request)
    while engine.statistics.isBusy { await Task.yield() }
    let statistics = engine.statistics
    #expect(statistics.stepCount == 10)
    #expect(statistics.prefillTokenCount == 3)
    #expect(statistics.generatedTokenCount == 10)
    #expect(statistics.submittedCount == 1)
    #expect(statistics.succeededCount == 1)
    #expect(statistics.runningCount == 0)
    #expect(statistics.blockCount == 64 * 16)
    #expect(observed.withLock { $0.map(\.generatedTokenCount) } == Array(repeating: 1, count: 10))
    #expect(result.timeToFirstToken >= result.waitDuration)
    #expect(result.duration >= result.timeToFirstToken)
  }

  @Test func `the fingerprint names engine, kernels, precision and sampler`() throws {
    #expect(try Reference.engine().fingerprintParts.count == 5)
  }
}
