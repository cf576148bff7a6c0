import Foundation
import JSON
import Jobs
import Queue
import SharedTestData
import Testing

/// What tests of fine-tunes do.
extension Rig {
  /// Shakespeare's first lines as the dataset `plays`.
  func importPlays(characters: Int = 40_000) async throws {
    let text = try String(contentsOfFile: SharedData.path + "/text/tinyshakespeare.txt", encoding: .utf8)
    let file = directory + "/plays.txt"
    try String(text.prefix(characters)).write(toFile: file, atomically: true, encoding: .utf8)
    try await quern("dataset", "import", file, "--name", "plays")
  }

  /// - Parameter changes: of `parameters`; a null takes one away.
  func finetune(_ parameters: JSONValue, named name: String, _ changes: JSONObject = [:]) async throws -> JobID {
    var members = try #require(parameters.object)
    members["name"] = .string(name)
    for (key, value) in changes { members[key] = value.isNull ? nil : value }
    return try await submit([.object(members)], kind: .finetune)[0]
  }

  func eventCount(_ type: String, _ id: JobID) async throws -> Int {
    try await number("SELECT count(*) FROM quern.event WHERE job = \(id.rawValue) AND type = '\(type)'")
  }

  func waitForEvent(_ type: String, _ id: JobID, count: Int = 1) async throws {
    try await eventually("\(type) of job \(id)", within: .seconds(120)) { try await eventCount(type, id) >= count }
  }

  /// The adapter's tensors, without the header of their file, which also names its job.
  func adapterWeights(_ name: String) async throws -> [UInt8] {
    let path = directory + "/" + name
    try await quern("model", "export", name, path)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path + "/adapter_model.safetensors")))
    let header = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return Array(bytes.dropFirst(8 + header))
  }
}
