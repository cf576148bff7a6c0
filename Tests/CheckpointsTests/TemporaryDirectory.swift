import Foundation

/// A directory that disappears with its owner.
final class TemporaryDirectory: Sendable {
  let path: String

  /// In memory where the system has such a place: for files that are written a million times.
  static func inMemory() throws -> TemporaryDirectory {
    let isThere = FileManager.default.fileExists(atPath: "/dev/shm")
    return try TemporaryDirectory(in: isThere ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory)
  }

  init(in parent: URL = FileManager.default.temporaryDirectory) throws {
    let url = parent.appending(path: "quern-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    // What stays behind in the temporary directory harms nobody.
    try? FileManager.default.removeItem(atPath: path)
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

/// A safetensors file of this header and so many zero bytes of data.
func safetensors(_ header: String, dataByteCount: Int) -> [UInt8] {
  let text = Array(header.utf8)
  return length(text.count) + text + [UInt8](repeating: 0, count: dataByteCount)
}

func length(_ value: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
