import Checkpoints
import Foundation
import JSON
import Models
import SharedTestData
import Tensors
import Testing

struct GGUFModelTests {
  static let pool = ThreadPool(threads: 2)

  private func load(_ path: String) throws -> CausalLanguageModel {
    try CausalLanguageModel.load(directory: path, pool: Self.pool)
  }

  @Test(.needsSharedData) func `stories260K as GGUF gives the bits of its safetensors`() throws {
    let directory = SharedData.path + "/models/stories260K"
    let reference = try SharedData.json("models/stories260K/reference.json")
    let greedy = try #require(reference["greedy"])
    let expected = try #require(greedy["ids"]?.tokens)
    let gguf = Evaluation(try load(directory + "/stories260K.f32.gguf"))
    #expect(gguf.greedy(greedy["prompt_ids"]?.tokens ?? [], count: expected.count) == expected)
    let safetensors = Evaluation(try load(directory))
    #expect(bits(gguf.logits(expected)) == bits(safetensors.logits(expected)))
  }

  @Test(.needsSharedData) func `stories260K as Q8_0 has the perplexity of the reference`() throws {
    let evaluation = Evaluation(try load(SharedData.path + "/models/stories260K/stories260K.q8_0.gguf"))
    let reference = try SharedData.json("models/stories260K/reference.json")
    let texts = try #require(reference["nll"]?.array)
    let perplexities = try #require(reference["q8_0"]?["perplexity"]?.doubles)
    #expect(texts.count == perplexities.count)
    for (text, expected) in zip(texts, perplexities) {
      let losses = evaluation.losses(text["ids"]?.tokens ?? [])
      let perplexity = exp(losses.reduce(0, +) / Double(losses.count))
      #expect(abs(perplexity - expected) <= 1e-3, "\(perplexity), expected \(expected)")
    }
  }

  /// One tensor of each quantised type, made by llama.cpp; the tokens are those of a float64 forward over what PyPI's
  /// gguf makes of the file: CheckpointsTests/Fixtures/make_checkpoints.py.
  @Test func `a checkpoint quantised by llama.cpp gives the tokens of its dequantised values`() throws {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "CheckpointsTests/Fixtures").path
    let data = try Data(contentsOf: URL(filePath: fixtures + "/quantised.json"))
    let reference = try JSONValue(parsing: Array(data))
    let prompt = try #require(reference["prompt"]?.tokens), expected = try #require(reference["tokens"]?.tokens)
    let path = fixtures + "/quantised.gguf"
    #expect(expected.count == 32)
    #expect(Evaluation(try load(path)).greedy(prompt, count: prompt.count + 32) == prompt + expected)
    let copy = try dequantisedCopy(of: path)
    // What stays behind in the temporary directory harms nobody.
    defer { try? FileManager.default.removeItem(atPath: copy) }
    #expect(Evaluation(try load(copy)).greedy(prompt, count: prompt.count + 32) == prompt + expected)
  }

  /// A Hugging Face directory with the f32 values of a GGUF file.
  private func dequantisedCopy(of path: String) throws -> String {
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let checkpoint = try CheckpointDirectory(path: path)
    let weights = try CheckpointWeights(checkpoint)
    let contents = weights.names.map { name in
      weights.withBytes(of: name) { bytes, entry in
        let bytes = bytes.withUnsafeBytes { Array($0) }
        return SafetensorsFile.Content(name: name, dtype: entry.dtype, shape: entry.shape, bytes: bytes)
      }
    }
    try SafetensorsFile.write(to: directory + "/model.safetensors", contents)
    let configuration = JSONValue.object(checkpoint.configuration).text
    try configuration.write(toFile: directory + "/config.json", atomically: true, encoding: .utf8)
    try "{}".write(toFile: directory + "/tokenizer.json", atomically: true, encoding: .utf8)
    return directory
  }
}
