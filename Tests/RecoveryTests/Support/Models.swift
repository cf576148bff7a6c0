import Foundation
import JSON
import Testing

/// The models that tests import, and what other implementations made of them.
enum Models {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let stories = repository.appending(path: "demo/stories260K").path

  private static let shared =
    ProcessInfo.processInfo.environment["QUERN_TEST_DATA"]
    ?? repository.deletingLastPathComponent().appending(path: "shared/data").path

  static let poems = shared + "/models/zh-poem-750k"

  static var areShared: Bool { FileManager.default.fileExists(atPath: poems) }

  /// stories260K with a context so long that a job runs until it is stopped.
  static func makeEndless(in directory: String) throws -> String {
    let copy = directory + "/endless"
    try FileManager.default.copyItem(atPath: stories, toPath: copy)
    let config = URL(filePath: copy + "/config.json")
    let text = try String(contentsOf: config, encoding: .utf8)
    let longer = text.replacing("\"max_position_embeddings\": 512", with: "\"max_position_embeddings\": 100000")
    try #require(longer != text)
    try longer.write(to: config, atomically: true, encoding: .utf8)
    return copy
  }

  static func reference(_ model: String) throws -> JSONValue {
    try JSONValue(parsing: Array(Data(contentsOf: URL(filePath: "\(shared)/models/\(model)/reference.json"))))
  }
}

extension Trait where Self == ConditionTrait {
  static var needsSharedModels: Self {
    .enabled(if: Models.areShared, "the models of shared/data are not beside this checkout")
  }
}
