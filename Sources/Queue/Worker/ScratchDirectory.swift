import FoundationEssentials

/// A directory that only this user can read, and that is gone with the value: for what may not stay on a worker's disk.
package final class ScratchDirectory: Sendable {
  package let path: String

  /// - Parameter parent: of the process.
  init(in parent: String) throws(JobError) {
    path = "\(parent)/\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(
        atPath: path,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
    } catch {
      throw JobError(.internalError, "the worker cannot make a directory in \(parent): \(type(of: error))")
    }
  }

  deinit {
    // Nobody is left to be told; the process's own directory takes it along.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Makes the folders above a file of this directory.
  /// - Parameter relativePath: from outside: refused when it could lead anywhere else.
  func location(of relativePath: String) throws(JobError) -> String {
    let parts = relativePath.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw JobError(.internalError, "a file of the checkpoint has a path that leaves its directory")
    }
    let folder = ([path] + parts.dropLast().map(String.init)).joined(separator: "/")
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw JobError(.internalError, "the worker cannot write to \(path): \(type(of: error))")
    }
    return "\(path)/\(relativePath)"
  }
}
