import Foundation
import JSON
import Testing

/// Python's torch and transformers, which make random checkpoints and compute what they give.
enum Transformers {
  static let isInstalled: Bool = {
    let check = "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and u.find_spec('transformers')))"
    return (try? run(["-c", check])) == 0
  }()

  struct Checkpoint: Sendable {
    let name: String
    let path: String
    /// `reference.json`; see make_checkpoints.py.
    let reference: JSONValue
  }

  /// The checkpoints that `seed` gives, in a directory that lives while `body` runs.
  static func withCheckpoints(seed: Int, _ body: ([Checkpoint]) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-recipe-\(UUID().uuidString)").path
    // What stays behind in the temporary directory harms nobody.
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recipe/make_checkpoints.py")
    let status = try run([script.path, "\(seed)", directory])
    try #require(status == 0, "make_checkpoints.py \(seed) DIRECTORY fails: run it by hand")
    try body(
      FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { name in
        let path = directory + "/" + name
        let bytes = Array(try Data(contentsOf: URL(filePath: path + "/reference.json")))
        return Checkpoint(name: name, path: path, reference: try JSONValue(parsing: bytes))
      }
    )
  }

  /// Runs `python3` of the path; what it prints is lost.
  private static func run(_ arguments: [String]) throws -> Int32 {
    let process = process(arguments)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// The line that `python3` prints; empty when it fails.
  static func output(_ arguments: [String]) throws -> String {
    let process = process(arguments), pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self).split(separator: "\n").joined() : ""
  }

  private static func process(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    process.standardError = FileHandle.nullDevice
    return process
  }
}

extension Trait where Self == ConditionTrait {
  static var needsTransformers: Self {
    .enabled(if: Transformers.isInstalled, "python3 has no torch and transformers: pip install torch transformers")
  }
}
