/// Secrets by what they are assigned to: `password: …`, `"api_key": "…"`, `PGPASSWORD=…`, `密码：…`; the value is redacted.
enum AssignmentDetector {
  static let longestValue = 400
  private static let longestName = 40
  private static let shortestValue = 4

  /// Names of secrets, lower case without `_` and `-`; a name that ends with one of them counts.
  private static let names: [StaticString] = [
    "password", "passwd", "passphrase", "pwd", "secret", "apikey", "accesskey", "secretkey", "privatekey",
    "accesstoken",
    "authtoken", "refreshtoken", "clientsecret", "credential", "credentials", "token",
  ]
  private static let chineseNames: [StaticString] = ["密码", "口令", "密钥"]
  private static let valueStops = ByteSet("\u{00}"..." ", "\u{80}"..."\u{ff}", and: "\"'<>`,;&)}]|")
  private static let references = ByteSet(and: "$<*{")
  private static let lastLetters = ByteSet(and: "deytnslDEYTNSL")

  /// - Parameters:
  ///   - separator: the colon or equals sign, or the first byte of a full-width colon.
  ///   - length: its bytes.
  static func detect(in text: TextBytes, at separator: Int, length: Int) -> Detection {
    var nameEnd = text.startOfRun(of: .blank, before: separator, limit: 4)
    if text[nameEnd - 1] == UInt8(ascii: "\"") || text[nameEnd - 1] == UInt8(ascii: "'") { nameEnd -= 1 }
    if text[nameEnd - 1] == UInt8(ascii: "\\") { nameEnd -= 1 }
    guard isSecretName(in: text, endingAt: nameEnd) else { return .nothing }
    return value(in: text, after: separator + length, isEquals: text[separator] == UInt8(ascii: "="))
  }

  /// Whether the value of an object member of this name is a secret whatever it looks like.
  static func isSecretName(_ name: String) -> Bool {
    var name = name
    return name.withUTF8 { bytes in
      isSecretName(in: unsafe TextBytes(bytes, isComplete: true), endingAt: bytes.count)
    }
  }

  private static func isSecretName(in text: TextBytes, endingAt end: Int) -> Bool {
    if chineseNames.contains(where: { text.hasBytes($0, at: end - $0.utf8CodeUnitCount) }) { return true }
    guard lastLetters.contains(text[end - 1]) else { return false }
    let start = text.startOfRun(of: .identifier, before: end, limit: longestName)
    return names.contains { name in
      name.withUTF8Buffer { letters in
        var position = end
        for index in letters.indices.reversed() {
          repeat { position -= 1 } while position >= start && isJoint(text[position])
          guard position >= start, unsafe asciiLowercased(text[position]) == letters[index] else { return false }
        }
        return true
      }
    }
  }

  private static func isJoint(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  private static func value(in text: TextBytes, after separator: Int, isEquals: Bool) -> Detection {
    var start = text.endOfRun(of: .blank, from: separator, limit: 4)
    if text[start] == UInt8(ascii: "\\") { start += 1 }
    let quote = text[start]
    let isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") || quote == UInt8(ascii: "`")
    if isQuoted { start += 1 }
    var end = start
    while end < start + longestValue, isQuoted ? !endsQuoted(text[end], quote) : !valueStops.contains(text[end]) {
      end += 1
    }
    while !isQuoted, end > start, UInt8(ascii: ".") == text[end - 1] { end -= 1 }
    // A reference (`${TOKEN}`, `<SECRET>`, `***`) is no secret.
    guard end - start >= shortestValue, !references.contains(text[start]) else { return .nothing }
    guard isQuoted || isEquals || looksRandom(text, start..<end) else { return .nothing }
    return .match(Match(.assignedSecret, start..<end, score: 0.8))
  }

  private static func endsQuoted(_ byte: UInt8, _ quote: UInt8) -> Bool {
    byte == quote || byte < 0x20 || byte == UInt8(ascii: "\\")
  }

  /// Prose follows a colon too ("The password: never share it"): an unquoted word must hold a digit, a symbol or a
  /// capital inside.
  private static func looksRandom(_ text: TextBytes, _ range: Range<Int>) -> Bool {
    range.dropFirst().contains { position in
      !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(text[position]) && text[position] < 0x80
        && text[position] != UInt8(ascii: "'") && text[position] != UInt8(ascii: "-")
    }
  }
}
