import Checkpoints
import Foundation
import JSON
import SharedTestData

/// A model directory that lives while `body` runs: a configuration with one tensor that no model has.
func withModel<Result>(_ configuration: JSONObject, _ body: (String) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "quern-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  // What stays behind in the temporary directory harms nobody.
  defer { try? FileManager.default.removeItem(atPath: directory) }
  try write("{}", to: directory + "/tokenizer.json")
  try write(JSONValue.object(configuration).text, to: directory + "/config.json")
  try SafetensorsFile.write(to: directory + "/model.safetensors", [.init(name: "none", shape: [1], values: [0])])
  return try body(directory)
}

/// A fixture with a changed configuration, in a directory that lives while `body` runs.
func withFixture<Result>(_ name: String, _ changes: JSONObject, _ body: (String) throws -> Result) throws -> Result {
  let source = SharedData.path + "/fixtures/models/" + name
  var configuration = try JSONValue(parsing: SharedData.bytes("fixtures/models/\(name)/config.json")).object ?? [:]
  for (key, value) in changes { configuration[key] = value }
  return try withModel(configuration) { directory in
    for file in ["model.safetensors", "tokenizer.json"] {
      try FileManager.default.removeItem(atPath: directory + "/" + file)
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/" + file,
        withDestinationPath: source + "/" + file
      )
    }
    return try body(directory)
  }
}

func write(_ text: String, to path: String) throws {
  try text.write(toFile: path, atomically: true, encoding: .utf8)
}
