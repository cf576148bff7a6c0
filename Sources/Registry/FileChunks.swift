import Foundation

/// A file in pieces of at most `size` bytes, in order.
package struct FileChunks {
  /// One row of `quern.blob_chunk` or `quern.checkpoint_chunk`: large enough to be fast, small enough for any worker's memory.
  static let size = 1 << 20

  let path: String

  package init(path: String) {
    self.path = path
  }

  package func forEach(_ body: ([UInt8]) async throws -> Void) async throws {
    let file = try open()
    defer { close(file) }
    while let chunk = try next(of: file) { try await body(chunk) }
  }

  func forEach(_ body: ([UInt8]) throws -> Void) throws {
    let file = try open()
    defer { close(file) }
    while let chunk = try next(of: file) { try body(chunk) }
  }

  package func byteCount() throws -> Int {
    let file = try open()
    defer { close(file) }
    return Int(try file.seekToEnd())
  }

  private func open() throws -> FileHandle {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw RegistryError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    return file
  }

  private func close(_ file: FileHandle) {
    // Nothing was written: an error at close loses nothing.
    try? file.close()
  }

  private func next(of file: FileHandle) throws -> [UInt8]? {
    do {
      guard let data = try file.read(upToCount: Self.size), !data.isEmpty else { return nil }
      return Array(data)
    } catch {
      throw RegistryError.unreadable(path: path, reason: error.localizedDescription)
    }
  }
}
