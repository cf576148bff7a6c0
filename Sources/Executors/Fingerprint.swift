import Crypto

/// `fp_` and 16 hexadecimal digits of a hash.
enum Fingerprint {
  static func text(of parts: [String]) -> String {
    let digits = SHA256.hash(data: Array(parts.joined(separator: "\n").utf8)).prefix(8).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "fp_" + digits.joined()
  }
}
