import Foundation
import Launch
import Postgres

/// The directory of the migrations that this program was built with.
struct MigrationDirectory {
  let path: String

  /// `given`, else `../share/quern/migrations` beside the executable, else the source tree that holds the executable.
  static func find(_ given: String?) throws -> MigrationDirectory {
    if let given { return MigrationDirectory(path: given) }
    let folder = ExecutableFolder.current
    var candidates = [folder.path + "/../share/quern/migrations"]
    var parent = URL(filePath: folder.path)
    // .build/<triple>/release/quern: four levels up is the source tree.
    for _ in 0..<4 {
      parent.deleteLastPathComponent()
      candidates.append(parent.appending(path: "migrations").path(percentEncoded: false))
    }
    guard
      let path = candidates.first(where: { FileManager.default.fileExists(atPath: $0 + "/0001_schema_and_roles.sql") })
    else {
      throw CommandFailure.usage("no migrations found beside \(folder.path); name their directory with --migrations")
    }
    return MigrationDirectory(path: path)
  }

  /// - Throws: when the files are not those of this program.
  func migrator() throws -> Migrator {
    try Migrator(directory: path, checksums: MigrationChecksums.byName)
  }
}
