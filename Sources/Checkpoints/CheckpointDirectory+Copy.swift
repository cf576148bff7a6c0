internal import Foundation
package import JSON

extension CheckpointDirectory {
  /// Copies everything but weights and `config.json`, which is written as `configuration`.
  package func copyDescription(to target: String, configuration: JSONObject) throws(CheckpointError) {
    for file in files where file.role != .weights && file.path != Self.configurationFileName {
      let path = target + "/" + file.path
      if let end = path.lastIndex(of: "/") { try makeDirectory(String(path[..<end])) }
      do {
        let bytes = try Data(contentsOf: URL(filePath: root + "/" + file.path))
        try bytes.write(to: URL(filePath: path), options: .atomic)
      } catch {
        throw CheckpointError(path: path, .cannotWrite(errno: 13))
      }
    }
    try writeText(JSONValue.object(configuration).text + "\n", to: target + "/" + Self.configurationFileName)
  }
}
