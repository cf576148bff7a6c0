import JSON
import Models
import SharedTestData
import Tensors
import Testing

@Suite(.needsSharedData) struct EmbeddingTests {
  static let fixtures = SharedData.path + "/fixtures/models/"

  func load(_ name: String, threads: Int = 2, level: KernelLevel = .detected) throws -> EmbeddingModel {
    try EmbeddingModel.load(directory: Self.fixtures + name, pool: ThreadPool(threads: threads), level: level)
  }

  @Test func `bert gives the hidden states of transformers, without the padding of its batch`() throws {
    let model = try load("bert")
    let reference = try SharedData.json("fixtures/models/bert/ref.json")
    let sequences = try Self.sequences(reference), types = reference["token_type_ids"]?.array ?? []
    let states = zip(sequences, types).map { tokens, types in
      model.hiddenStates(tokens, tokenTypes: Array(types.tokens.prefix(tokens.count)))
    }
    for expected in try #require(reference["last_hidden"]?.array) {
      let sequence = try #require(expected["seq"]?.integer), position = try #require(expected["pos"]?.integer)
      #expect(relativeError(states[sequence][position], expected["values"]?.doubles ?? []) <= 1e-5)
    }
  }

  /// The tokens that the attention mask lets through.
  static func sequences(_ reference: JSONValue) throws -> [[Int32]] {
    try zip(#require(reference["input_ids"]?.array), #require(reference["attention_mask"]?.array)).map { tokens, mask in
      Array(tokens.tokens.prefix(mask.tokens.count { $0 == 1 }))
    }
  }

  @Test func `bert's embedding is the mean of transformers' where all tokens have one type`() throws {
    let reference = try SharedData.json("fixtures/models/bert/ref.json")
    let model = try load("bert")
    #expect(model.configuration.pooling == .mean)
    #expect(!model.configuration.isNormalized)
    let embeddings = model.embed(try Self.sequences(reference))
    let expected = try #require(reference["mean_normalised"]?.array).map(\.doubles)
    // Sequence 1 has two types, which embeddings do not.
    for sequence in [0, 2] { #expect(1 - cosine(embeddings[sequence], expected[sequence]) <= 1e-7) }
  }

  @Test(arguments: ["bert", "gemma3", "gpt2", "qwen3"], KernelLevel.available)
  func `an embedding has the same bits alone, in a batch and on any number of threads`(
    name: String,
    level: KernelLevel
  ) throws {
    let model = try load(name, threads: 1, level: level)
    let lengths = [5, 1, 33, 120, 64, 7, 100, 32, 2, 90, 11]
    let sequences = lengths.enumerated().map { seed, count in
      (0..<count).map { Int32(($0 * 7919 + seed * 104_729 + $0 * $0 * 31) % model.configuration.vocabularySize) }
    }
    let alone = sequences.flatMap { model.embed([$0]) }
    for threads in [1, 3] {
      #expect(bits(try load(name, threads: threads, level: level).embed(sequences)) == bits(alone))
      #expect(bits(try load(name, threads: threads).embed(sequences.reversed())) == bits(alone.reversed()))
    }
  }

  @Test func `a decoder's hidden states are those before its head`() throws {
    let decoder = try load("llama")
    #expect(decoder.configuration.pooling == .lastToken)
    let tokens: [Int32] = (0..<70).map { $0 * 5 + 2 }
    let states = decoder.hiddenStates(tokens)
    #expect(bits(decoder.embed([tokens])) == bits([states[69]]))
    let model = try CausalLanguageModel.load(directory: Self.fixtures + "llama", pool: ThreadPool(threads: 2))
    #expect(Evaluation(model, maximumRows: 128).logits(tokens).count == states.count)
  }

  @Test func `tokens outside the vocabulary and sequences without or with too many tokens trap`() async {
    await #expect(processExitsWith: .failure) {
      let directory = SharedData.path + "/fixtures/models/bert"
      _ = try EmbeddingModel.load(directory: directory, pool: ThreadPool(threads: 1)).embed([[5, 384]])
    }
    await #expect(processExitsWith: .failure) {
      let directory = SharedData.path + "/fixtures/models/bert"
      _ = try EmbeddingModel.load(directory: directory, pool: ThreadPool(threads: 1)).embed([[5], []])
    }
    await #expect(processExitsWith: .failure) {
      let directory = SharedData.path + "/fixtures/models/bert"
      let tokens = [Int32](repeating: 5, count: 129)
      _ = try EmbeddingModel.load(directory: directory, pool: ThreadPool(threads: 1)).embed([tokens])
    }
  }

  @Test func `an encoder is refused where tokens are to be predicted`() throws {
    #expect(throws: (any Error).self) {
      try CausalLanguageModel.load(directory: Self.fixtures + "bert", pool: ThreadPool(threads: 1))
    }
    #expect(try !ModelDescription.validate(directory: Self.fixtures + "bert").canGenerate)
    #expect(try ModelDescription.validate(directory: Self.fixtures + "gpt2").canGenerate)
  }
}

func cosine(_ left: [Float], _ right: [Double]) -> Double {
  let product = zip(left, right).reduce(0) { $0 + Double($1.0) * $1.1 }
  let lengths = left.reduce(0) { $0 + Double($1) * Double($1) } * right.reduce(0) { $0 + $1 * $1 }
  return product / lengths.squareRoot()
}
