import Foundation
import JSON
import Testing

/// The data that stands beside the repository, `../shared/data`; absent in a lone checkout.
enum SharedData {
  static let path: String = {
    let file = URL(filePath: #filePath)
    let repository = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return repository.deletingLastPathComponent().appending(path: "shared/data").path
  }()

  static var isPresent: Bool { FileManager.default.fileExists(atPath: path) }

  static func json(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path + "/" + name))))
  }
}

extension Trait where Self == ConditionTrait {
  static var needsSharedData: Self {
    .enabled(if: SharedData.isPresent, "the models of shared/data are not beside this checkout")
  }
}
