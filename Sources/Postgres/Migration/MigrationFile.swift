import Crypto
import FoundationEssentials

/// One file `NNNN_name.sql` of a migrations directory.
struct MigrationFile: Sendable, Hashable {
  let version: Int
  /// The file's name without `.sql`.
  let name: String
  let sql: String
  /// SHA-256 of the file in lower-case hexadecimal digits.
  let checksum: String

  init(name fileName: String, content: Data) throws(PostgresError) {
    let name = String(fileName.dropLast(".sql".count))
    let digits = name.prefix { $0 != "_" }
    let isNamed = name.utf8.allSatisfy { Self.isAllowed($0) } && name.utf8.count > digits.utf8.count + 1
    guard digits.utf8.count == 4, let version = Int(digits), version > 0, isNamed else {
      throw .migration(.misnamed(fileName))
    }
    self.version = version
    self.name = name
    sql = String(decoding: content, as: UTF8.self)
    checksum = SHA256.hash(data: content).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }

  /// All of a directory, in order.
  /// - Throws: `gap`, `duplicate`, `misnamed`, `unreadable`.
  static func all(in directory: String) throws(PostgresError) -> [MigrationFile] {
    var files: [MigrationFile] = []
    for name in try sqlFiles(in: directory) {
      guard let content = FileManager.default.contents(atPath: "\(directory)/\(name)") else {
        throw .migration(.unreadable(path: directory, reason: "\(name) cannot be read"))
      }
      files.append(try MigrationFile(name: name, content: content))
    }
    for (expected, file) in zip(1..., files) where file.version != expected {
      throw .migration(file.version < expected ? .duplicate(file.version) : .gap(expected: expected))
    }
    return files
  }

  private static func sqlFiles(in directory: String) throws(PostgresError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".sql") }.sorted()
    } catch {
      throw .migration(.unreadable(path: directory, reason: "no such directory, or no right to read it"))
    }
  }
}
