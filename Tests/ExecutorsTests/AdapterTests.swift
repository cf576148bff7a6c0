import Executors
import Inference
import Jobs
import SharedTestData
import Tensors
import Testing

@Suite(.needsSharedData) struct AdapterTests {
  private static let directory = SharedData.path + "/fixtures/models/llama"

  private static func load(adapter: String? = nil) async throws -> LoadedModel {
    try await LoadedModel.load(
      directory: directory,
      adapter: adapter,
      content: "weights",
      pool: ThreadPool(threads: 2)
    )
  }

  private static func adapted(_ model: LoadedModel, content: String = "adapter") async throws -> LoadedModel {
    try #require(try await model.adapted(by: directory + "/lora", content: content)).model
  }

  private static func tokens(_ model: LoadedModel) async throws -> [Int] {
    var parameters = GenerateParameters(model: "m", promptTokens: [5, 9, 100, 42])
    parameters.sampling.temperature = 0
    parameters.ending.maxTokens = 24
    parameters.ending.ignoresEOS = true
    return try await model.generate(parameters).choices[0].tokens
  }

  @Test func `a model with an adapter beside it generates what the merged model does, the model itself goes on`()
    async throws
  {
    let model = try await Self.load()
    let adapted = try await Self.adapted(model)
    async let own = Self.tokens(model)
    async let theirs = Self.tokens(adapted)
    let (base, tokens) = try await (own, theirs)
    #expect(tokens != base)
    #expect(try await Self.tokens(model) == base)
    #expect(try await Self.tokens(try await Self.load(adapter: Self.directory + "/lora")) == tokens)
  }

  @Test func `the fingerprint tells adapters apart`() async throws {
    let model = try await Self.load()
    let first = try await Self.adapted(model), again = try await Self.adapted(model)
    let other = try await Self.adapted(model, content: "other")
    #expect(first.fingerprint == again.fingerprint)
    #expect(Set([model.fingerprint, first.fingerprint, other.fingerprint]).count == 3)
  }

  @Test func `scores are those of the adapter`() async throws {
    let model = try await Self.load()
    let parameters = ScoreParameters(model: "m", prompt: .tokens([5, 9]), choices: [.tokens([7]), .tokens([8])])
    let base = try await model.score(parameters, model: "m"), adapted = try await Self.adapted(model)
    let merged = try await Self.load(adapter: Self.directory + "/lora").score(parameters, model: "m")
    let scores = try await adapted.score(parameters, model: "m")
    #expect(scores.data.map(\.logprob) != base.data.map(\.logprob))
    for (ours, theirs) in zip(scores.data, merged.data) { #expect(abs(ours.logprob - theirs.logprob) < 1e-4) }
  }

  @Test func `embeddings are those of the adapter`() async throws {
    let model = try await LoadedEmbedder.load(
      directory: Self.directory,
      content: "weights",
      precision: .float32,
      packedWeights: nil,
      pool: ThreadPool(threads: 2),
      level: .detected
    )
    let adapted = try #require(try await model.adapted(by: Self.directory + "/lora", content: "adapter")).model
    let parameters = EmbedParameters(model: "m", input: [.tokens([3, 5, 10])])
    let base = try await model.embed(parameters, model: "m")
    let other = try await adapted.embed(parameters, model: "m")
    #expect(base.data[0].embedding != other.data[0].embedding)
    #expect(base.systemFingerprint != other.systemFingerprint)
    #expect(try await model.embed(parameters, model: "m").data[0].embedding == base.data[0].embedding)
  }
}
