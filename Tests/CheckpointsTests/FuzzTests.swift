import Checkpoints
import Foundation
import FuzzTestSupport
import Testing

/// Random changes of right files, one second each, two minutes each in the proof: whatever they hold, a file is read or
/// refused, soon, and without taking more memory than a multiple of its size.
struct FuzzTests {
  private static let isProof = ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil
  private static let duration: Duration = isProof ? .seconds(120) : .seconds(1)
  private static let longestRead: Duration = .seconds(10)
  /// Other tests run in the process, too.
  private static let memoryLimit = 2 << 30

  @Test func `safetensors files`() throws {
    let corpus = [
      #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
      #"{"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}"#,
      #"{"é":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"e\u0301":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}"#,
      #"{"w":{"dtype":"F16","shape":[0,3],"data_offsets":[0,0]},"v":{"dtype":"F16","shape":[2,4],"data_offsets":[0,16]}}"#,
    ].map { Array($0.utf8) }
    let directory = try TemporaryDirectory.inMemory()
    try fuzz(corpus, words: Self.jsonWords, seed: 1) { text, number in
      // Most with a right length, so that the header itself is reached.
      let bytes = number % 8 == 0 ? text : length(text.count) + text
      try directory.write("model.safetensors", bytes + [UInt8](repeating: 1, count: 16))
      try readWeights { () throws(CheckpointError) in try CheckpointWeights(directory: directory.path) }
    }
  }

  @Test func `indexes of shards`() throws {
    let corpus = [
      #"{"metadata":{"total_size":16},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#,
      #"{"weight_map":{"a":"1.safetensors"}}"#, #"{"weight_map":{"b":"2.safetensors","é":"1.safetensors"}}"#,
    ].map { Array($0.utf8) }
    let directory = try TemporaryDirectory.inMemory()
    for (index, name) in ["a", "b"].enumerated() {
      let path = directory.path + "/\(index + 1).safetensors"
      try SafetensorsFile.write(to: path, [.init(name: name, shape: [2], values: [1, 2])])
    }
    try fuzz(corpus, words: Self.jsonWords + [Array("../".utf8), Array("1.safetensors".utf8)], seed: 2) { text, _ in
      try directory.write("model.safetensors.index.json", text)
      try readWeights { () throws(CheckpointError) in try CheckpointWeights(directory: directory.path) }
    }
  }

  @Test func `GGUF files`() throws {
    let names = ["llama", "qwen2", "gemma3", "phi3", "gpt2"]
    var corpus = try names.map { try Fixtures.bytes($0 + ".gguf") }
    corpus += [
      GGUFBuilder.file(), GGUFBuilder.file { $0.tensors.append(.init(name: "b", dimensions: [4], offset: 32)) },
    ]
    let numbers: [UInt64] = [0, 1, 31, 32, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max]
    let words =
      numbers.map { GGUFBuilder.bytes($0) } + (0...30).map { GGUFBuilder.bytes(UInt32($0)) }
      + [
        GGUFBuilder.string("blk.0.attn_q.weight"), GGUFBuilder.array(9, count: 3, []),
        GGUFBuilder.array(8, count: 2, []),
      ]
    let directory = try TemporaryDirectory.inMemory()
    try fuzz(corpus, words: words, seed: 3) { bytes, _ in
      let path = try directory.write("model.gguf", bytes)
      try readWeights { () throws(CheckpointError) in
        try CheckpointWeights(try CheckpointDirectory(path: path))
      }
    }
  }

  @Test func `adapters`() throws {
    let corpus = [
      #"{"peft_type":"LORA","r":2,"lora_alpha":4,"target_modules":["q"],"bias":"none"}"#,
      #"{"peft_type":"LORA","r":2,"lora_alpha":4,"target_modules":"all-linear","use_rslora":true,"rank_pattern":{"q":2}}"#,
      #"{"r":2,"lora_alpha":1.5,"fan_in_fan_out":true,"target_modules":null,"modules_to_save":["norm"],"use_dora":false}"#,
    ].map { Array($0.utf8) }
    let directory = try TemporaryDirectory.inMemory()
    try SafetensorsFile.write(
      to: directory.path + "/model.safetensors",
      [.init(name: "q.weight", shape: [2, 2], values: [1, 2, 3, 4])]
    )
    try SafetensorsFile.write(
      to: directory.path + "/adapter_model.safetensors",
      [
        .init(name: "base_model.model.q.lora_A.weight", shape: [2, 2], values: [1, 0, 0, 1]),
        .init(name: "base_model.model.q.lora_B.weight", shape: [2, 2], values: [1, 0, 0, 1]),
      ]
    )
    let base = try CheckpointWeights(directory: directory.path)
    try fuzz(corpus, words: Self.jsonWords, seed: 4) { text, _ in
      try directory.write("adapter_config.json", text)
      try readWeights { () throws(CheckpointError) in
        try base.applying(try AdapterCheckpoint(directory: directory.path))
      }
    }
  }

  private static let jsonWords: [[UInt8]] = [
    "[", "]", "{", "}", ",", ":", "\"", "\\u0000", "\\ud800", "-1", "0", "1e400", "9223372036854775807", "null",
    "[[[[[[[[",
    "18446744073709551616", "4294967296", "é", "e\u{301}", "\"shape\":[", "\"dtype\":\"BF16\"",
    "\"data_offsets\":[0,16]",
  ].map { Array($0.utf8) }

  /// Opens a checkpoint, and if it is one, reads all of it that can be read.
  private func readWeights(_ open: () throws(CheckpointError) -> CheckpointWeights) throws {
    do throws(CheckpointError) {
      let weights = try open()
      for name in weights.names where weights[name]?.entry.dtype.elementType != nil {
        _ = weights.values(name)
        _ = weights.chunkedValues(name)
      }
    } catch {
      #expect(!error.description.isEmpty)
    }
  }

  private func fuzz(
    _ corpus: [[UInt8]],
    words: [[UInt8]],
    seed: UInt64,
    _ read: (_ bytes: [UInt8], _ number: Int) throws -> Void
  ) throws {
    var mutator = Mutator(corpus: corpus, words: words, seed: seed)
    let clock = ContinuousClock(), start = clock.now
    let memory = try peakMemory()
    var count = 0, longest = Duration.zero
    while clock.now - start < Self.duration {
      let bytes = mutator.next()
      longest = max(longest, try clock.measure { try read(bytes, count) })
      count += 1
    }
    #expect(longest < Self.longestRead)
    #expect(try peakMemory() - memory < Self.memoryLimit)
    if Self.isProof { print("fuzzed \(count) inputs, seed \(seed), the longest took \(longest)") }
  }

  /// VmHWM in bytes.
  private func peakMemory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) * 1024
  }
}
