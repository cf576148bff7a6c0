import Crypto
import Foundation

/// The name of a blob: the SHA-256 of its bytes.
package struct BlobID: Sendable, Hashable, CustomStringConvertible {
  /// 32 bytes.
  package let bytes: [UInt8]

  /// - Returns: nil unless `hex` is 64 hexadecimal digits.
  package init?(hex: String) {
    let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 64, hex.utf8.count == 64 else { return nil }
    bytes = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// - Returns: nil unless there are 32 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// Reads the whole file.
  /// - Throws: `RegistryError.unreadable`.
  package init(contentsOf path: String) throws {
    var hash = SHA256()
    try FileChunks(path: path).forEach { hash.update(data: $0) }
    bytes = Array(hash.finalize())
  }

  init(_ digest: SHA256Digest) {
    bytes = Array(digest)
  }

  /// One name for several lines of text.
  static func combining(_ lines: [String]) -> BlobID {
    BlobID(SHA256.hash(data: Array(lines.joined(separator: "\n").utf8)))
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
