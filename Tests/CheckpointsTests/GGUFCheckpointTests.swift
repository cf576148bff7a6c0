import Checkpoints
import JSON
import Testing

/// The same random checkpoint twice, once as llama.cpp's conversion stores it: `Fixtures/make_checkpoints.py`.
struct GGUFCheckpointTests {
  static let names = ["llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2"]

  @Test(arguments: names)
  func `a GGUF file says what config.json says`(name: String) throws {
    let directory = try CheckpointDirectory(path: Fixtures.path(name + ".gguf"))
    let expected = try #require(try Fixtures.json(name + ".json").object)
    for (key, value) in expected {
      let ours = directory.configuration[key] ?? .null
      #expect(isSame(ours, value), "\(key): \(ours.text), expected \(value.text)")
    }
  }

  @Test(arguments: names)
  func `a GGUF file has the tensors of the safetensors checkpoint`(name: String) throws {
    let weights = try CheckpointWeights(try CheckpointDirectory(path: Fixtures.path(name + ".gguf")))
    let reference = try Self.weights(name)
    #expect(weights.names == reference.names)
    for tensor in reference.names {
      #expect(weights[tensor]?.entry.shape == reference[tensor]?.entry.shape, "\(tensor)")
      let ours = weights.values(tensor), expected = reference.values(tensor)
      // A norm's 1 was added in f32, which rounds what stands there.
      let tolerance: Float = name.hasPrefix("gemma") && tensor.hasSuffix("norm.weight") ? 1.2e-7 : 0
      #expect(zip(ours, expected).allSatisfy { abs($0 - $1) <= tolerance }, "\(tensor)")
      #expect(weights.chunkedValues(tensor) == ours, "\(tensor)")
    }
  }

  @Test func `one GGUF file and what belongs to it may stand in a directory`() throws {
    let directory = try TemporaryDirectory()
    try directory.write("any name.gguf", try Fixtures.bytes("llama.gguf"))
    for name in ["LICENSE", "README.md", "vocab.json", "config.json"] { try directory.write(name, "x") }
    let checkpoint = try CheckpointDirectory(path: directory.path)
    #expect(checkpoint.files.map(\.path) == ["LICENSE", "any name.gguf"])
    let vocabulary = try CheckpointDirectory.embeddedVocabulary(at: directory.path)
    #expect(vocabulary?["tokenizer.ggml.model"] == .string("llama"))
    try directory.write("tokenizer.json", "{}")
    let withTokenizer = try CheckpointDirectory(path: directory.path)
    #expect(withTokenizer.files.map(\.path) == ["LICENSE", "any name.gguf", "tokenizer.json", "vocab.json"])
    #expect(try CheckpointDirectory.embeddedVocabulary(at: directory.path) == nil)
    try directory.write("another.gguf", try Fixtures.bytes("llama.gguf"))
    let error = #expect(throws: CheckpointError.self) { try CheckpointDirectory(path: directory.path) }
    #expect(error?.reason == .severalGGUF(count: 2))
  }

  @Test func `a GGUF file alone is a checkpoint`() throws {
    let checkpoint = try CheckpointDirectory(path: Fixtures.path("qwen3.gguf"))
    #expect(checkpoint.root == Fixtures.directory)
    #expect(checkpoint.files.map(\.path) == ["qwen3.gguf"])
    #expect(checkpoint.files.map(\.role) == [.weights])
    #expect(
      try CheckpointDirectory.embeddedVocabulary(at: checkpoint.path)?.strings("tokenizer.ggml.tokens")?.count == 10
    )
  }

  /// Of the safetensors file beside the GGUF file.
  private static func weights(_ name: String) throws -> CheckpointWeights {
    let directory = try TemporaryDirectory()
    try directory.write("model.safetensors", try Fixtures.bytes(name + ".safetensors"))
    return try CheckpointWeights(directory: directory.path)
  }

  /// Numbers within the rounding of f32, in which GGUF keeps them.
  private func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.object(let left), .object(let right)):
      Set(left.keys).isSuperset(of: right.keys)
        && right.allSatisfy { key, value in isSame(left[key] ?? .null, value) }
    case (.array(let left), .array(let right)):
      left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
    default:
      if let left = left.double, let right = right.double {
        abs(left - right) <= 1e-7 * abs(right)
      } else {
        left == right
      }
    }
  }
}
