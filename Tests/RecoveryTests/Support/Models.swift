import Foundation
import JSON
import SharedTestData
import Testing

/// The models that tests import, and what other implementations made of them.
enum Models {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let stories = repository.appending(path: "demo/stories260K").path

  static let poems = SharedData.path + "/models/zh-poem-750k"

  static let quantizedStories = SharedData.path + "/models/stories260K/stories260K.q8_0.gguf"

  /// stories260K with a context so long that a job runs until it is stopped.
  static func makeEndless(in directory: String) throws -> String {
    let copy = directory + "/endless"
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    // Contents alone: copying an owner that is not one's own is refused.
    for name in try FileManager.default.contentsOfDirectory(atPath: stories) {
      try Data(contentsOf: URL(filePath: "\(stories)/\(name)")).write(to: URL(filePath: "\(copy)/\(name)"))
    }
    let config = URL(filePath: copy + "/config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    let longer = text.replacing("\"max_position_embeddings\": 512", with: "\"max_position_embeddings\": 100000")
    try #require(longer != text)
    try longer.write(to: config, atomically: true, encoding: .utf8)
    return copy
  }

  static func reference(_ model: String) throws -> JSONValue {
    try SharedData.json("models/\(model)/reference.json")
  }
}
