extension JSONValue {
  /// Parses one document; whatever follows it but white space is an error.
  package init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes)
    self = try parser.parseDocument()
  }

  package init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// Compact JSON: no white space, keys in their order, non-ASCII text as it is.
  package var text: String {
    var bytes: [UInt8] = []
    write(to: &bytes, sortingKeys: false)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Compact JSON with sorted keys: equal documents give equal bytes, for fingerprints.
  package var canonicalText: String {
    var bytes: [UInt8] = []
    write(to: &bytes, sortingKeys: true)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(to bytes: inout [UInt8], sortingKeys: Bool) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): bytes.append(contentsOf: String(value).utf8)
    // Swift prints the shortest text that reads back as the same number.
    case .number(let value): bytes.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
    case .string(let value): Self.write(value, to: &bytes)
    case .array(let elements):
      Self.write(elements, between: ("[", "]"), to: &bytes) { element, bytes in
        element.write(to: &bytes, sortingKeys: sortingKeys)
      }
    case .object(let members):
      let ordered = sortingKeys ? members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : Array(members)
      Self.write(ordered, between: ("{", "}"), to: &bytes) { member, bytes in
        Self.write(member.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.write(to: &bytes, sortingKeys: sortingKeys)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element],
    between brackets: (open: Unicode.Scalar, close: Unicode.Scalar),
    to bytes: inout [UInt8],
    each: (Element, inout [UInt8]) -> Void
  ) {
    bytes.append(UInt8(ascii: brackets.open))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      each(element, &bytes)
    }
    bytes.append(UInt8(ascii: brackets.close))
  }

  private static func write(_ string: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
      case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
      case 0x0a: bytes.append(contentsOf: #"\n"#.utf8)
      case 0x0d: bytes.append(contentsOf: #"\r"#.utf8)
      case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes.append(contentsOf: (byte < 0x10 ? #"\u000"# : #"\u00"#).utf8)
        bytes.append(contentsOf: digits.utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
