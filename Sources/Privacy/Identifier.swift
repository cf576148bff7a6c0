/// A name that is safe in a log field, a label or a message: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`, and `@`, `+`
/// and `/` where model names have them (`llama@3`, `base@1+adapter@2`, `org/name`).
///
/// It cannot hold a line end, an e-mail address or a long number of a person.
package struct Identifier: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  private static let plain = ByteSet("A"..."Z", "a"..."z", "0"..."9", and: "._:-+/")
  private static let longestDigitRun = 10

  /// Nil when the text is no identifier; then it is content and goes through the redactor.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (1...128).contains(bytes.count), Self.isPlain(bytes) else { return nil }
    description = text
  }

  package init(_ number: some FixedWidthInteger) {
    description = "\(number)"
  }

  private static func isPlain(_ bytes: [UInt8]) -> Bool {
    var digitRun = 0
    for (position, byte) in bytes.enumerated() {
      digitRun = ByteSet.digits.contains(byte) ? digitRun + 1 : 0
      if digitRun > longestDigitRun { return false }
      // Behind `@` only a version: digits.
      let isVersionSign =
        byte == UInt8(ascii: "@") && position > 0 && position + 1 < bytes.count
        && ByteSet.digits.contains(bytes[position + 1])
      guard plain.contains(byte) || isVersionSign else { return false }
    }
    return !holdsMailHost(bytes)
  }

  /// `name@163.com` has digits behind the `@` too, but a version has nothing else.
  private static func holdsMailHost(_ bytes: [UInt8]) -> Bool {
    bytes.indices.contains { position in
      guard bytes[position] == UInt8(ascii: "@") else { return false }
      let rest = bytes[(position + 1)...].drop(while: ByteSet.digits.contains)
      return !(rest.isEmpty || rest.first == UInt8(ascii: "+"))
    }
  }
}

/// A name in our source, `"quern-worker"`: it must be an identifier.
extension Identifier: ExpressibleByStringLiteral {
  package init(stringLiteral value: StaticString) {
    let text = "\(value)"
    precondition((1...128).contains(text.utf8.count) && Self.isPlain(Array(text.utf8)), "\(text) is no identifier")
    description = text
  }
}
