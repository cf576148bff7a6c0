import Crypto
import FoundationEssentials

/// How much of a queue's prompts, outputs and errors reaches the journal.
package enum ContentPolicy: String, Sendable, Hashable, CaseIterable, Codable {
  case none
  /// A fingerprint that tells equal contents apart, nothing of the text.
  case hash
  case redacted
  /// Everything, as it is: for queues whose owner said so.
  case full
}

/// The door between content and the outside: applies a queue's policy.
package struct ContentGate: Sendable {
  package let redactor: Redactor
  private let key: SymmetricKey?

  /// - Parameter hashKey: keys the fingerprints of `hash`, so that short contents cannot be guessed; without one they
  ///   are plain SHA-256.
  package init(redactor: Redactor = Redactor(), hashKey: [UInt8]? = nil) {
    self.redactor = redactor
    key = hashKey.map { SymmetricKey(data: $0) }
  }

  func fingerprint(of text: String) -> String {
    let bytes = Array(text.utf8)
    guard let key else { return "sha256:" + hexadecimal(SHA256.hash(data: bytes)) }
    return "hmac-sha256:" + hexadecimal(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
  }

  private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
