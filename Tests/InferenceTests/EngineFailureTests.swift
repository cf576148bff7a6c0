import Checkpoints
import Foundation
import Inference
import JSON
import SharedTestData
import Testing

/// A model with damaged weights: what its numbers break is one request, never the engine.
@Suite(.needsSharedData) struct EngineFailureTests {
  /// stories260K with an output matrix of its own, so that a NaN in the embedding of token 300 reaches only the
  /// sequences that hold this token.
  private static func makeDamagedModel() throws -> URL {
    let source = URL(filePath: "\(Reference.directory)/stories260K")
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-nan-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      try FileManager.default.copyItem(at: source.appending(path: name), to: directory.appending(path: name))
    }
    var configuration = try #require(
      try JSONValue(parsing: Array(try Data(contentsOf: source.appending(path: "config.json")))).object
    )
    configuration["tie_word_embeddings"] = false
    try Data(JSONValue.object(configuration).text.utf8).write(to: directory.appending(path: "config.json"))
    try damage(source.appending(path: "model.safetensors")).write(to: directory.appending(path: "model.safetensors"))
    return directory
  }

  /// Copies the embedding as `lm_head.weight` behind the file, then breaks the embedding's row 300.
  private static func damage(_ file: URL) throws -> Data {
    let bytes = [UInt8](try Data(contentsOf: file))
    let headerCount = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = try #require(try JSONValue(parsing: Array(bytes[8..<8 + headerCount])).object)
    var tensors = Array(bytes[(8 + headerCount)...])
    let embedding = try #require(header["model.embed_tokens.weight"])
    let offsets = try #require(embedding["data_offsets"]).integers
    var head = try #require(embedding.object)
    head["data_offsets"] = [.init(tensors.count), .init(tensors.count + offsets[1] - offsets[0])]
    header["lm_head.weight"] = .object(head)
    tensors += tensors[offsets[0]..<offsets[1]]
    let nan = withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { Array($0) }
    tensors.replaceSubrange(offsets[0] + 300 * 64 * 4..<offsets[0] + 300 * 64 * 4 + 4, with: nan)
    var text = Array(JSONValue.object(header).text.utf8)
    while text.count % 8 != 0 { text.append(0x20) }
    return Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + tensors)
  }

  @Test func `NaN ends the request that meets it and no other`() async throws {
    let directory = try Self.makeDamagedModel()
    defer { try? FileManager.default.removeItem(at: directory) }  // Leaving a temporary file is no failure.
    let engine = try Reference.engine(directory: directory.path())
    let healthy = try Reference.engine()
    let good = GenerationRequest(
      promptTokens: [1, 403],
      parameters: GenerationParameters(maxTokens: 40, temperature: 0, seed: 0)
    )
    let bad = GenerationRequest(
      promptTokens: [1, 300, 403],
      parameters: GenerationParameters(maxTokens: 40, temperature: 0, seed: 0)
    )
    let expected = try await healthy.generate(good).outcome
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          await #expect(throws: InferenceError.invalidLogits(position: 2)) { try await engine.generate(bad) }
        }
        group.addTask { await #expect(throws: InferenceError.self) { try await engine.score([1, 300, 403]) } }
        group.addTask {
          let result = try? await engine.generate(good)  // nil fails the expectation
          #expect(result?.outcome == expected)
        }
      }
    }
    while engine.statistics.isBusy { await Task.yield() }
    #expect(engine.statistics.failedCount == 16)
    #expect(engine.statistics.succeededCount == 8)
    #expect(engine.statistics.usedBlockCount == 0)
  }
}
