import Foundation
import JSON
import Subprocess
import SystemPackage

/// The built `quern` beside this test bundle, run as people run it.
struct Program {
  /// Nothing of the machine's: no database of its own is found by accident.
  var environment: [String: String] = [
    "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": Self.cache,
  ]

  struct Outcome: CustomStringConvertible {
    let status: TerminationStatus
    let output: String
    let errors: String

    var exitCode: Int32? { if case .exited(let code) = status { code } else { nil } }
    var json: JSONValue? { try? JSONValue(parsing: output) }
    /// Failures are one line.
    var complaint: String? {
      let lines = errors.split(separator: "\n")
      return lines.count == 1 && lines[0].hasPrefix("quern: ") ? String(lines[0].dropFirst(7)) : nil
    }

    var description: String { "\(status)\nstdout: \(output)\nstderr: \(errors)" }
  }

  static var buildDirectory: String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path(percentEncoded: false)
  }

  /// Packed weights of this run of the tests.
  private static let cache = buildDirectory + "/test-cache-\(getpid())"

  static var repository: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  static var stories: String { repository.appending(path: "demo/stories260K").path(percentEncoded: false) }

  func callAsFunction(_ arguments: String..., input: String = "") async throws -> Outcome {
    try await run(arguments, input: Array(input.utf8))
  }

  func run(_ arguments: [String], input: [UInt8] = []) async throws -> Outcome {
    let outcome = try await Subprocess.run(
      .path(FilePath(Self.buildDirectory + "/quern")),
      arguments: Arguments(arguments),
      environment: .custom(
        Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
      ),
      input: .array(input),
      output: .bytes(limit: 1 << 24),
      error: .string(limit: 1 << 20)
    )
    return Outcome(
      status: outcome.terminationStatus,
      output: String(decoding: outcome.standardOutput, as: UTF8.self),
      errors: outcome.standardError
    )
  }
}
