package import JSON

extension PostgresType {
  /// Types whose binary form is their text; enumerations of a schema too.
  fileprivate var isTextual: Bool {
    switch self {
    case .text, .varchar, .bpchar, .name, .char, .unknown, .json: true
    default: isUserDefined
    }
  }
}

extension String: PostgresCodable {
  package static var postgresType: PostgresType { .text }

  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    let start = bytes.count
    bytes.append(contentsOf: utf8)
    if bytes[start...].contains(0) { throw .encoding("text may not hold the character NUL") }
  }

  /// Text, an enumeration's label, or the text of `json`, `jsonb` and `numeric`.
  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    let text: String? =
      switch cell.type {
      case .jsonb: cell.text(from: 1)
      case .numeric: cell.numericText()
      case let type where type.isTextual: cell.text()
      default: nil
      }
    guard let text else { throw cell.mismatch(Self.self) }
    return text
  }
}

extension JSONValue: PostgresCodable {
  package static var postgresType: PostgresType { .jsonb }

  package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
    // The version of jsonb's binary form.
    bytes.append(1)
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    if Self.escapesNUL(bytes[start...]) { throw .encoding("jsonb may not hold the character NUL (\\u0000)") }
  }

  package static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
    let bytes: [UInt8]? =
      switch cell.type {
      case .jsonb: cell.copyBytes(from: 1)
      case .json: cell.copyBytes()
      default: nil
      }
    guard let bytes else { throw cell.mismatch(Self.self) }
    do { return try JSONValue(parsing: bytes) } catch { throw cell.mismatch(Self.self) }
  }

  /// Whether `\u0000` occurs where the backslash itself is not escaped.
  private static func escapesNUL(_ text: ArraySlice<UInt8>) -> Bool {
    let backslash = UInt8(ascii: "\\")
    var rest = text
    while let index = rest.firstIndex(of: backslash) {
      rest = rest[(index + 1)...]
      if rest.starts(with: "u0000".utf8) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
