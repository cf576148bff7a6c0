import Foundation

/// The directory of an embedded Quern: `postgres/`, `blobs/`, `packed/`, `run/`.
package struct Home: Sendable, Hashable {
  /// Absolute.
  package let directory: String

  /// - Parameter directory: from `--home`; else `QUERN_HOME`, else `quern` in the user's data directory.
  package init(_ directory: String? = nil, environment: [String: String]) {
    let chosen = directory ?? environment["QUERN_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    self.directory = URL(filePath: chosen ?? Self.userData(environment)).path(percentEncoded: false)
  }

  /// The XDG base directory for data. Root's own is closed to the user that PostgreSQL runs as.
  private static func userData(_ environment: [String: String]) -> String {
    if geteuid() == 0, environment["XDG_DATA_HOME"] == nil { return "/var/lib/quern" }
    let base = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (base ?? NSHomeDirectory() + "/.local/share") + "/quern"
  }

  package var postgres: String { directory + "/postgres" }
  package var blobs: String { directory + "/blobs" }
  package var packed: String { directory + "/packed" }
  package var run: String { directory + "/run" }
  package var journal: String { run + "/journal.jsonl" }
}
