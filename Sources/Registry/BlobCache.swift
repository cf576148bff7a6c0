import Foundation

/// Blobs as read-only files under one directory, by content: `sha256/ab/abcd…`. A file that is there is whole.
package struct BlobCache: Sendable {
  package let directory: String

  package init(directory: String) {
    self.directory = directory
  }

  /// Where the blob is, or would be.
  package func path(of blob: BlobID) -> String {
    let hex = blob.description
    return "\(directory)/sha256/\(hex.prefix(2))/\(hex)"
  }

  package func contains(_ blob: BlobID) -> Bool {
    FileManager.default.fileExists(atPath: path(of: blob))
  }

  /// Writes the blob from its chunks and checks it; several processes may do so at once.
  /// - Returns: the path of the file.
  func store(_ blob: BlobID, size: Int, chunk: (_ index: Int) async throws -> [UInt8]?) async throws -> String {
    let destination = path(of: blob)
    let temporary = "\(destination).\(UUID().uuidString)"
    try makeParent(of: destination)
    do {
      try await blob.write(to: temporary, size: size, chunk: chunk)
      guard rename(temporary, destination) == 0 else { throw Self.unwritable(destination) }
    } catch {
      unlink(temporary)
      throw error
    }
    return destination
  }

  /// A directory that holds `files` under their paths, as links to the blobs.
  /// - Precondition: each blob is in the cache.
  func link(_ files: [ModelManifest.File], as name: String) throws -> String {
    let destination = "\(directory)/models/\(name)"
    if FileManager.default.fileExists(atPath: destination) { return destination }
    let temporary = "\(destination).\(UUID().uuidString)"
    for file in files {
      let target = "\(temporary)/\(file.path)"
      try makeParent(of: target)
      guard Foundation.link(path(of: file.blob), target) == 0 else { throw Self.unwritable(target) }
    }
    // Losing the race to another process leaves an equal directory in place.
    if rename(temporary, destination) != 0 {
      let code = errno
      try? FileManager.default.removeItem(atPath: temporary)
      guard code == ENOTEMPTY || code == EEXIST else {
        throw RegistryError.unwritable(path: destination, reason: String(cString: strerror(code)))
      }
    }
    return destination
  }

  private func makeParent(of path: String) throws {
    let parent = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    do { try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true) } catch {
      throw RegistryError.unwritable(path: parent, reason: error.localizedDescription)
    }
  }

  private static func unwritable(_ path: String) -> RegistryError {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }
}
