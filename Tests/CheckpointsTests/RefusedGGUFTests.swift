import Checkpoints
import Testing

/// Right GGUF files that are no model for us are refused by what they are.
struct RefusedGGUFTests {
  private func reason(_ change: (inout GGUFBuilder) -> Void) throws -> CheckpointError.Reason? {
    let directory = try TemporaryDirectory()
    let path = try directory.write("model.gguf", GGUFBuilder.file(change))
    do throws(CheckpointError) {
      _ = try CheckpointDirectory(path: path)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func `one part of several is named so`() throws {
    #expect(try reason { $0.pairs.append(GGUFBuilder.pair("split.count", unsigned32: 3)) } == .splitGGUF(parts: 3))
  }

  @Test func `a file of another type or architecture is named so`() throws {
    let type = try reason { $0.pairs.append(GGUFBuilder.pair("general.type", string: "mmproj")) }
    #expect(type == .unsupported(key: "general.type", value: "mmproj", supported: "model"))
    let architecture = try reason { $0.pairs = [GGUFBuilder.pair("general.architecture", string: "mamba")] }
    #expect(
      architecture
        == .unsupported(
          key: "general.architecture",
          value: "mamba",
          supported: "llama, qwen2, qwen3, gemma2, gemma3, phi3, gpt2"
        )
    )
    #expect(try reason { $0.pairs = [] } == .missingKey("general.architecture"))
  }

  @Test func `missing metadata is named by its key`() throws {
    #expect(try reason { _ in } == .missingKey("llama.attention.head_count"))
  }

  @Test func `mixtures of experts are refused`() throws {
    let reason = try reason { $0.pairs.append(GGUFBuilder.pair("llama.expert_count", unsigned32: 8)) }
    #expect(reason == .unsupported(key: "llama.expert_count", value: "8", supported: "0"))
  }

  @Test(arguments: ["pytorch_model.bin", "model.pt", "consolidated.00.pth", "model.ckpt"])
  func `a pickle is refused with the way out, also by its own path`(name: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write("config.json", "{}")
    try directory.write("tokenizer.json", "{}")
    let file = try directory.write(name, "PK")
    for path in [directory.path, file] {
      let error = #expect(throws: CheckpointError.self) { try CheckpointDirectory(path: path) }
      #expect(error?.path == file)
      #expect(error?.reason == .pickledWeights)
      let wayOut = name.hasPrefix("consolidated") ? "for transformers" : "weights_only=True"
      #expect(error?.description.contains(wayOut) == true)
    }
  }
}
