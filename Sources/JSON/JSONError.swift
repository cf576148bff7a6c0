/// Why a text is not the JSON that was asked for.
package struct JSONError: Error, Hashable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    case unexpectedEnd
    case unexpectedByte(UInt8)
    case trailingContent
    case invalidNumber
    case invalidEscape
    case invalidUTF8
    case unescapedControlCharacter
    case duplicateKey(String)
    case tooDeep(limit: Int)
  }

  package let reason: Reason
  /// Byte offset in the text.
  package let offset: Int

  package var description: String {
    "invalid JSON at byte \(offset): \(explanation)"
  }

  /// The reason in words, without the place.
  package var explanation: String {
    switch reason {
    case .unexpectedEnd: "the text ends too early"
    case .unexpectedByte(let byte): "unexpected \(Self.name(of: byte))"
    case .trailingContent: "something follows the document"
    case .invalidNumber: "a number that JSON does not allow or that is too large"
    case .invalidEscape: "an escape that JSON does not allow"
    case .invalidUTF8: "bytes that are not UTF-8"
    case .unescapedControlCharacter: "a control character inside a string; write it as \\u00XX"
    case .duplicateKey(let key): "the key “\(key.prefix(64))” appears twice in one object"
    case .tooDeep(let limit): "nested deeper than \(limit) levels"
    }
  }

  private static func name(of byte: UInt8) -> String {
    (0x21...0x7e).contains(byte) ? "“\(Character(UnicodeScalar(byte)))”" : "byte 0x\(String(byte, radix: 16))"
  }
}
