import Foundation
import Launch
import Testing

/// The checksums that are compiled in are made by `make` from the directory.
struct MigrationChecksumTests {
  @Test func `the migrations are those that the executables were built with`() throws {
    let directory = Program.repository.appending(path: "migrations")
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path(percentEncoded: false))
      .filter { $0.hasSuffix(".sql") }
    #expect(Set(names) == Set(MigrationChecksums.byName.keys.map { $0 + ".sql" }))
    for name in names {
      let digest = try sha256sum(directory.appending(path: name).path(percentEncoded: false))
      #expect(MigrationChecksums.byName[String(name.dropLast(4))] == digest, "\(name): run make")
    }
  }

  /// The judge is coreutils, not the code that the migrator uses.
  private func sha256sum(_ path: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/sha256sum")
    process.arguments = [path]
    process.standardOutput = output
    try process.run()
    process.waitUntilExit()
    return String(decoding: output.fileHandleForReading.readDataToEndOfFile().prefix(64), as: UTF8.self)
  }
}
