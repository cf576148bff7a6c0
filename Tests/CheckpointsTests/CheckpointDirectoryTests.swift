import Checkpoints
import Foundation
import Testing

struct CheckpointDirectoryTests {
  /// A directory that passes, made of empty-handed files.
  private func directory(_ extra: [String] = []) throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    try directory.write("config.json", #"{"model_type":"llama"}"#)
    try directory.write("tokenizer.json", "{}")
    try directory.write("model.safetensors", safetensors("{}", dataByteCount: 0))
    for name in extra { try directory.write(name, "x") }
    return directory
  }

  @Test func `the model's files are listed with their roles, others are not`() throws {
    let directory = try directory(["README.md", "training_args.bin", "LICENSE", "chat_template.jinja", ".hidden"])
    let files = try CheckpointDirectory(path: directory.path).files
    #expect(
      files.map(\.path) == ["LICENSE", "chat_template.jinja", "config.json", "model.safetensors", "tokenizer.json"]
    )
    #expect(files.map(\.role) == [.licence, .chatTemplate, .configuration, .weights, .tokenizer])
    #expect(files.map(\.byteCount) == [1, 1, 22, 10, 2])
  }

  @Test(arguments: ["config.json", "tokenizer.json", "model.safetensors"])
  func `a directory without one of its parts is refused`(name: String) throws {
    let directory = try directory()
    try FileManager.default.removeItem(atPath: directory.path + "/" + name)
    let error = #expect(throws: CheckpointError.self) { try CheckpointDirectory(path: directory.path) }
    let expected: [String: CheckpointError.Reason] = [
      "config.json": .missingFile, "tokenizer.json": .missingTokenizer, "model.safetensors": .missingWeights,
    ]
    #expect(error?.reason == expected[name])
  }

  @Test func `pickled weights are refused with the way out`() throws {
    let directory = try directory(["pytorch_model.bin"])
    try FileManager.default.removeItem(atPath: directory.path + "/model.safetensors")
    let error = #expect(throws: CheckpointError.self) { try CheckpointDirectory(path: directory.path) }
    #expect(error?.reason == .pickledWeights)
    #expect(error?.description.contains("convert it to model.safetensors") == true)
  }

  @Test func `configurations must be JSON objects`() throws {
    let directory = try directory()
    for text in ["", "[]", "{", #"{"a":1,"a":2}"#] {
      try directory.write("config.json", text)
      let error = #expect(throws: CheckpointError.self) { try CheckpointDirectory(path: directory.path) }
      if case .invalidJSON = error?.reason {} else { Issue.record("\(text): \(String(describing: error))") }
    }
  }

  @Test(arguments: ["../model.safetensors", "a/b.safetensors", "/etc/passwd", ".hidden.safetensors", "weights.bin"])
  func `an index that points outside the directory is refused`(name: String) throws {
    let directory = try directory()
    try directory.write("model.safetensors.index.json", #"{"weight_map":{"a":"\#(name)"}}"#)
    let error = #expect(throws: CheckpointError.self) { try CheckpointDirectory(path: directory.path) }
    #expect(error?.reason == .unsafeFileName(name))
  }

  @Test func `index and shards must agree`() throws {
    let directory = try directory()
    let path = directory.path
    try SafetensorsFile.write(to: path + "/1.safetensors", [.init(name: "a", shape: [1], values: [1])])
    try SafetensorsFile.write(to: path + "/2.safetensors", [.init(name: "b", shape: [1], values: [1])])
    func reason(_ map: String) throws -> CheckpointError.Reason? {
      try directory.write("model.safetensors.index.json", #"{"weight_map":{\#(map)}}"#)
      do throws(CheckpointError) {
        _ = try CheckpointWeights(directory: path)
        return nil
      } catch {
        return error.reason
      }
    }
    #expect(try reason(#""a":"1.safetensors","b":"2.safetensors""#) == nil)
    #expect(
      try reason(#""a":"1.safetensors""#) == nil
    )
    #expect(
      try reason(#""a":"1.safetensors","c":"2.safetensors""#) == .tensorNotInIndex(tensor: "b", shard: "2.safetensors")
    )
    #expect(
      try reason(#""a":"1.safetensors","b":"2.safetensors","c":"1.safetensors""#)
        == .tensorNotInShard(tensor: "c", shard: "1.safetensors")
    )
    #expect(try reason(#""a":"3.safetensors""#) == .missingFile)
    #expect(try reason("") == .invalidIndex("names no tensor"))
  }

  @Test func `names from hostile files are shortened and stripped in messages`() {
    let name = "a\u{1B}[31m" + String(repeating: "x", count: 500)
    let text = CheckpointError(path: "m", .unexpectedTensor(name)).description
    #expect(!text.unicodeScalars.contains("\u{1B}") && text.count < 300)
  }
}
