import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

enum Fixtures {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path()
  /// Models that may not be copied into the repository are read from here.
  static let sharedModels = SharedData.path + "/models"

  /// A model of `Fixtures/` or of the shared data; nil where that is not installed.
  static func tokenizer(_ model: String) throws -> Tokenizer? {
    let fixture = "\(directory)/\(model).json"
    if let json = FileManager.default.contents(atPath: fixture) { return try Tokenizer(json: Array(json)) }
    return SharedData.isPresent ? try Tokenizer.load(directory: "\(sharedModels)/\(model)") : nil
  }

  static func json(_ path: String) throws -> JSONValue {
    try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path))))
  }

  static func lines(_ name: String) throws -> [JSONValue] {
    try Data(contentsOf: URL(filePath: "\(directory)/\(name)")).split(separator: 0x0a).map {
      try JSONValue(parsing: Array($0))
    }
  }
}
