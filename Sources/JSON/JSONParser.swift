/// A strict recursive-descent parser for RFC 8259 over UTF-8 bytes: bounded depth, no duplicate keys.
struct JSONParser {
  /// Deep enough for every real document, shallow enough for any thread's stack.
  static let depthLimit = 256

  private let bytes: [UInt8]
  private var offset = 0
  private var depth = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func parseDocument() throws(JSONError) -> JSONValue {
    skipWhitespace()
    let value = try parseValue()
    skipWhitespace()
    guard offset == bytes.count else { throw error(.trailingContent) }
    return value
  }

  private mutating func parseValue() throws(JSONError) -> JSONValue {
    switch try peek() {
    case UInt8(ascii: "{"): try nested { (parser) throws(JSONError) in try parser.parseObject() }
    case UInt8(ascii: "["): try nested { (parser) throws(JSONError) in try parser.parseArray() }
    case UInt8(ascii: "\""): .string(try parseString())
    case UInt8(ascii: "t"): try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): try parseWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
    case let byte: throw error(.unexpectedByte(byte))
    }
  }

  private mutating func nested(
    _ parse: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depth < Self.depthLimit else { throw error(.tooDeep(limit: Self.depthLimit)) }
    depth += 1
    defer { depth -= 1 }
    return try parse(&self)
  }

  private mutating func parseObject() throws(JSONError) -> JSONValue {
    offset += 1
    var members = JSONObject()
    skipWhitespace()
    if try consume(UInt8(ascii: "}")) { return .object(members) }
    while true {
      guard try peek() == UInt8(ascii: "\"") else { throw error(.unexpectedByte(bytes[offset])) }
      let start = offset
      let key = try parseString()
      skipWhitespace()
      try expect(UInt8(ascii: ":"))
      skipWhitespace()
      guard members.updateValue(try parseValue(), forKey: key) == nil else {
        throw JSONError(reason: .duplicateKey(key), offset: start)
      }
      skipWhitespace()
      if try consume(UInt8(ascii: "}")) { return .object(members) }
      try expect(UInt8(ascii: ","))
      skipWhitespace()
    }
  }

  private mutating func parseArray() throws(JSONError) -> JSONValue {
    offset += 1
    var elements: [JSONValue] = []
    skipWhitespace()
    if try consume(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try parseValue())
      skipWhitespace()
      if try consume(UInt8(ascii: "]")) { return .array(elements) }
      try expect(UInt8(ascii: ","))
      skipWhitespace()
    }
  }

  private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for byte in word.description.utf8 { try expect(byte) }
    return value
  }

  private mutating func parseNumber() throws(JSONError) -> JSONValue {
    let start = offset
    var isInteger = true
    if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "0") { offset += 1 } else { try skipDigits() }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      try skipDigits()
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      try skipDigits()
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw JSONError(reason: .invalidNumber, offset: start)
    }
    return .number(number)
  }

  private mutating func skipDigits() throws(JSONError) {
    let start = offset
    while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) { offset += 1 }
    guard offset > start else { throw error(.invalidNumber) }
  }

  private mutating func parseString() throws(JSONError) -> String {
    offset += 1
    let start = offset
    while let byte = try nextStringByte() {
      if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
    }
    return try decode(bytes[start..<offset - 1], at: start)
  }

  /// The slow path: the string has at least one escape.
  private mutating func parseEscapedString(from start: Int) throws(JSONError) -> String {
    var content = Array(bytes[start..<offset - 1])
    offset -= 1
    while let byte = try nextStringByte() {
      if byte == UInt8(ascii: "\\") { try parseEscape(into: &content) } else { content.append(byte) }
    }
    return try decode(content[...], at: start)
  }

  /// The next byte of a string; nil at its closing quotation mark.
  private mutating func nextStringByte() throws(JSONError) -> UInt8? {
    let byte = try peek()
    guard byte >= 0x20 else { throw error(.unescapedControlCharacter) }
    offset += 1
    return byte == UInt8(ascii: "\"") ? nil : byte
  }

  private mutating func parseEscape(into content: inout [UInt8]) throws(JSONError) {
    let byte = try peek()
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0c)
    case UInt8(ascii: "n"): content.append(0x0a)
    case UInt8(ascii: "r"): content.append(0x0d)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content.append(contentsOf: String(Character(try parseUnicodeEscape())).utf8)
    default: throw error(.invalidEscape)
    }
  }

  /// A lone surrogate is refused: it has no UTF-8 form.
  private mutating func parseUnicodeEscape() throws(JSONError) -> UnicodeScalar {
    let first = try parseFourHexDigits()
    if let scalar = UnicodeScalar(first) { return scalar }
    guard (0xd800...0xdbff).contains(first) else { throw error(.invalidEscape) }
    try expect(UInt8(ascii: "\\"))
    try expect(UInt8(ascii: "u"))
    let second = try parseFourHexDigits()
    guard (0xdc00...0xdfff).contains(second),
      let scalar = UnicodeScalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw error(.invalidEscape) }
    return scalar
  }

  private mutating func parseFourHexDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(UnicodeScalar(try peek())).hexDigitValue else { throw error(.invalidEscape) }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  private func decode(_ content: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String {
    guard let string = String(validating: content, as: UTF8.self) else {
      throw JSONError(reason: .invalidUTF8, offset: start)
    }
    return string
  }

  private mutating func skipWhitespace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0a, 0x0d, 0x09: offset += 1
      default: return
      }
    }
  }

  private func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    return bytes[offset]
  }

  private mutating func consume(_ byte: UInt8) throws(JSONError) -> Bool {
    guard try peek() == byte else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard try consume(byte) else { throw error(.unexpectedByte(bytes[offset])) }
  }

  private func error(_ reason: JSONError.Reason) -> JSONError {
    JSONError(reason: reason, offset: offset)
  }
}
