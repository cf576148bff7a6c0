import ContainerTestSupport
import Foundation

/// This test program and the Swift libraries that it is linked with, for running tests inside a container.
struct TestRuntime {
  let bindings: [SystemdContainer.Binding]
  /// The shell words that run the tests; options follow.
  let command: String

  init() throws {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
    let libraries = maps.split(separator: "\n").compactMap { $0.split(separator: " ").last }.filter {
      $0.hasPrefix("/opt/swift/")
    }
    let folders = Set(libraries.map { String($0[..<($0.lastIndex(of: "/") ?? $0.endIndex)]) }).sorted()
    let numbered = folders.enumerated().map { SystemdContainer.Binding($1, at: "/run/swift/\($0)") }
    bindings = numbered + [.init(program, at: "/run/quern-tests")]
    let path = numbered.map(\.destination).joined(separator: ":")
    command = "LD_LIBRARY_PATH=\(path) /run/quern-tests --testing-library swift-testing"
  }
}
