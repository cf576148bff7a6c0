import Checkpoints
import Foundation
import JSON
import Models
import Tensors
import Testing

struct LoadingMemoryTests {
  private static let isProof = ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil
  /// 1.1 GB of f32 in the proof, 130 MB otherwise.
  private static let layerCount = isProof ? 12 : 1
  private static let vocabularySize = isProof ? 32_000 : 8000

  @Test(arguments: [DType.float32, .bfloat16])
  func `loading takes little more memory than the loaded model`(dtype: DType) async throws {
    let checkpoint = try LargeCheckpoint(layerCount: Self.layerCount, vocabularySize: Self.vocabularySize)
    try checkpoint.write(dtype, sparse: false)
    let path: String = checkpoint.path
    // A process of its own, since the peak is a process's.
    await #expect(processExitsWith: .success) { [path = path as String] in
      let model = try CausalLanguageModel.load(directory: path, pool: ThreadPool(threads: 2))
      let peak = try processMemory("VmHWM:"), loaded = try processMemory("VmRSS:")
      print("\(path): VmHWM \(peak >> 20) MiB, VmRSS \(loaded >> 20) MiB, ratio \(Double(peak) / Double(loaded))")
      precondition(Double(peak) <= 1.2 * Double(loaded), "the peak is \(peak) bytes, \(loaded) stay")
      precondition(model.configuration.layerCount > 0, "the model must still be there")
    }
  }

  @Test func `a checkpoint that is larger than memory is refused with the numbers`() throws {
    let checkpoint = try LargeCheckpoint(layerCount: 2000, vocabularySize: 32_000, hiddenSize: 8192)
    try checkpoint.write(.bfloat16, sparse: true)
    let error = #expect(throws: CheckpointError.self) {
      try CausalLanguageModel.load(directory: checkpoint.path, pool: ThreadPool(threads: 1))
    }
    guard case .insufficientMemory(let needed, let available, _) = error?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(needed == 2 * checkpoint.byteCount && available < needed)
    #expect(error?.description.contains("\(needed / 1_000_000) MB") == true)
  }
}

/// Of /proc/self/status, in bytes.
private func processMemory(_ label: String) throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(label) })
  return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) << 10
}

/// A Llama-shaped checkpoint whose weights are written piece by piece, or are a hole in the file.
private final class LargeCheckpoint {
  let path: String
  private(set) var byteCount = 0
  private let configuration: JSONObject
  private let shapes: [(name: String, shape: [Int])]

  init(layerCount: Int, vocabularySize: Int, hiddenSize: Int = 1024) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "quern-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let inner = 4 * hiddenSize
    configuration = [
      "model_type": "llama", "vocab_size": JSONValue(vocabularySize), "hidden_size": JSONValue(hiddenSize),
      "intermediate_size": JSONValue(inner), "num_hidden_layers": JSONValue(layerCount), "num_attention_heads": 16,
      "max_position_embeddings": 128,
    ]
    let layer = [
      ("self_attn.q_proj", [hiddenSize, hiddenSize]), ("self_attn.k_proj", [hiddenSize, hiddenSize]),
      ("self_attn.v_proj", [hiddenSize, hiddenSize]), ("self_attn.o_proj", [hiddenSize, hiddenSize]),
      ("mlp.gate_proj", [inner, hiddenSize]), ("mlp.up_proj", [inner, hiddenSize]),
      ("mlp.down_proj", [hiddenSize, inner]),
      ("input_layernorm", [hiddenSize]), ("post_attention_layernorm", [hiddenSize]),
    ]
    shapes =
      [
        ("model.embed_tokens.weight", [vocabularySize, hiddenSize]), ("lm_head.weight", [vocabularySize, hiddenSize]),
        ("model.norm.weight", [hiddenSize]),
      ]
      + (0..<layerCount).flatMap { index in layer.map { ("model.layers.\(index).\($0.0).weight", $0.1) } }
  }

  deinit {
    // What stays behind in the temporary directory harms nobody.
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ dtype: DType, sparse: Bool) throws {
    try JSONValue.object(configuration).text.write(toFile: path + "/config.json", atomically: true, encoding: .utf8)
    try "{}".write(toFile: path + "/tokenizer.json", atomically: true, encoding: .utf8)
    let url = URL(filePath: path + "/model.safetensors")
    let header = header(dtype)
    try header.write(to: url)
    let file = try FileHandle(forUpdating: url)
    defer { file.closeFile() }
    if sparse { return try file.truncate(atOffset: UInt64(header.count + byteCount)) }
    try file.seekToEnd()
    // Small positive numbers of either type.
    let chunk = Data((0..<1 << 20).flatMap { index in [UInt8(truncatingIfNeeded: index >> 3), 0x3C] })
    var rest = byteCount
    while rest > 0 {
      try file.write(contentsOf: chunk.prefix(rest))
      rest -= min(rest, chunk.count)
    }
  }

  private func header(_ dtype: DType) -> Data {
    var object = JSONObject()
    byteCount = 0
    for (name, shape) in shapes {
      let end = byteCount + shape.reduce(dtype.byteCount, *)
      object[name] = [
        "dtype": .string(dtype.rawValue), "shape": .array(shape.map { JSONValue($0) }),
        "data_offsets": [JSONValue(byteCount), JSONValue(end)],
      ]
      byteCount = end
    }
    let text = Array(JSONValue.object(object).text.utf8)
    return Data((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text)
  }
}
