import AllocationTestSupport
import Foundation
import Inference
import Models
import SharedTestData
import Synchronization
import Tensors
import Testing

/// Requests with different adapters of one model, and without any, in one engine.
@Suite(.needsSharedData) struct EngineAdapterTests {
  private static let directory = SharedData.path + "/fixtures/models/llama"
  private static let prompt = (0..<70).map { 3 + $0 }

  /// The fixture's adapter at its own scale, and a copy at another.
  private static func adapters(of engine: InferenceEngine) throws -> [ModelAdapter] {
    let copy = FileManager.default.temporaryDirectory.appending(path: "quern-adapter-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: URL(filePath: directory + "/lora"), to: copy)
    defer { try? FileManager.default.removeItem(at: copy) }
    let file = copy.appending(path: "adapter_config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing("\"lora_alpha\": 8", with: "\"lora_alpha\": 24").write(
      to: file,
      atomically: true,
      encoding: .utf8
    )
    return try [directory + "/lora", copy.path(percentEncoded: false)].map {
      try #require(try engine.model.loadAdapter(directory: $0))
    }
  }

  private static func request(_ adapter: ModelAdapter?, seed: UInt64 = 7, salt: String = "") -> GenerationRequest {
    GenerationRequest(
      promptTokens: prompt,
      parameters: GenerationParameters(maxTokens: 20, seed: seed, ignoreEOS: true),
      salt: salt,
      adapter: adapter
    )
  }

  @Test(arguments: [ModelPrecision(), ModelPrecision(weights: .int8)])
  func `requests of two adapters and of the model give together what each gives alone`(
    precision: ModelPrecision
  ) async throws {
    func engine(_ options: EngineOptions = EngineOptions()) throws -> InferenceEngine {
      try Reference.engine(directory: Self.directory, precision: precision, options: options)
    }
    let lone = try engine(EngineOptions(usesPrefixCache: false))
    let adapters = [nil] + (try Self.adapters(of: lone))
    func requests(_ adapters: [ModelAdapter?]) -> [GenerationRequest] {
      (0..<12).map { Self.request(adapters[$0 % 3], seed: UInt64($0 / 3)) }
    }
    var alone: [[String]] = []
    for request in requests(adapters) { alone.append(try await lone.generate(request).outcome) }
    #expect(Set(alone.prefix(3)).count == 3)
    // Few blocks: some have to give way and begin again.
    for options in [EngineOptions(), EngineOptions(maximumBatch: 5, prefillChunk: 16, blockCount: 9)] {
      let shared = try engine(options)
      let together = try await shared.generateAll(requests([nil] + (try Self.adapters(of: shared))))
      #expect(together.map(\.outcome) == alone)
    }
  }

  @Test func `what one adapter computed of a prompt serves no other`() async throws {
    let engine = try Reference.engine(directory: Self.directory)
    let adapters = try Self.adapters(of: engine)
    var cached: [Int] = []
    for adapter in [nil, adapters[0], adapters[1], adapters[0], nil] {
      cached.append(try await engine.generate(Self.request(adapter)).cachedPromptTokenCount)
    }
    #expect(cached == [0, 0, 0, 64, 64])
    // Loaded once more, it is another one: nobody knows whether its files are the same.
    let again = try Self.adapters(of: engine)
    #expect(try await engine.generate(Self.request(again[0])).cachedPromptTokenCount == 0)
  }

  @Test func `scores are those of the adapter`() async throws {
    let engine = try Reference.engine(directory: Self.directory)
    let adapter = try Self.adapters(of: engine)[0]
    async let base = engine.score(Self.prompt, from: 60)
    async let adapted = engine.score(Self.prompt, from: 60, adapter: adapter)
    let lone = try Reference.engine(directory: Self.directory)
    let own = try Self.adapters(of: lone)[0]
    let expected = try await lone.score(Self.prompt, from: 60, adapter: own)
    #expect(try await adapted == expected)
    #expect(try await base != expected)
  }

  @Test func `100 decode steps of 8 requests with two adapters allocate nothing`() async throws {
    let counts = Mutex<[UInt]>([])
    counts.withLock { $0.reserveCapacity(1000) }
    let engine = try Reference.engine(
      directory: Self.directory,
      threads: 1,
      options: EngineOptions(maximumBatch: 8)
    ) { step in
      guard step.isDecodeOnly, step.batchSize == 8 else { return }
      counts.withLock { $0.append(allocation_count()) }
    }
    let adapters = [nil] + (try Self.adapters(of: engine))
    let requests = (0..<8).map { index in
      GenerationRequest(
        promptTokens: [1, 3 + index],
        parameters: GenerationParameters(maxTokens: 240, temperature: 0, ignoreEOS: true),
        adapter: adapters[index % 3]
      )
    }
    // On a busy machine a request may come when the others are half done: then once more.
    var all: [UInt] = []
    for _ in 0..<20 where all.count <= 150 {
      counts.withLock { $0.removeAll(keepingCapacity: true) }
      _ = try await engine.generateAll(requests)
      all = counts.withLock { $0 }
    }
    // The first steps grow what is used again from then on, in the last ones requests end.
    try #require(all.count > 150)
    #expect(all[all.count - 11] - all[all.count - 111] == 0)
  }
}
