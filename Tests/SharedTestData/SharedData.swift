import Foundation
package import JSON
package import Testing

/// The data that stands beside the repository, `../shared/data`: models, texts and vectors that may not be copied into
/// it. Absent in a lone checkout; the tests that need it are then skipped.
package enum SharedData {
  package static let path: String = {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return repository.deletingLastPathComponent().appending(path: "shared/data").path
  }()

  package static var isPresent: Bool { FileManager.default.fileExists(atPath: path) }

  package static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path + "/" + name)))
  }

  package static func text(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  package static func json(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: try bytes(name))
  }

  /// JSON Lines; split at line feeds alone, since texts may hold other separators.
  package static func lines(_ name: String) throws -> [JSONValue] {
    try bytes(name).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
  }
}

extension Trait where Self == ConditionTrait {
  package static var needsSharedData: Self {
    .enabled(if: SharedData.isPresent, "../shared/data is not beside this checkout")
  }
}
