import Foundation
import JSON

/// Where the labelled texts are: `QUERN_SHARED`, or `shared` beside the work tree.
enum SharedData {
  static let root: String = {
    if let path = ProcessInfo.processInfo.environment["QUERN_SHARED"] { return path }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return package.deletingLastPathComponent().appendingPathComponent("shared").path
  }()

  static let isPresent = FileManager.default.fileExists(atPath: root + "/data/pii")

  static func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: root + "/data/" + path)))
  }

  static func lines(_ path: String) throws -> [JSONValue] {
    try bytes(path).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
  }
}

/// A span that a data set marks.
struct GoldSpan: Hashable {
  let type: String
  let range: Range<Int>

  init?(_ json: JSONValue) {
    guard let type = json["type"]?.string, let start = json["start"]?.integer, let end = json["end"]?.integer else {
      return nil
    }
    self.type = type
    range = start..<end
  }
}
