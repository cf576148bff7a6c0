extension JSONValue: Codable {
  package init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: AnyKey.self) {
      // Decoders lose the order of keys; sorted keys at least make the result the same each time.
      let keys = container.allKeys.sorted { $0.stringValue < $1.stringValue }
      self = .object(
        JSONObject(
          uniqueKeysWithValues: try keys.map { ($0.stringValue, try container.decode(JSONValue.self, forKey: $0)) }
        )
      )
    } else if var container = try? decoder.unkeyedContainer() {
      var elements: [JSONValue] = []
      while !container.isAtEnd { elements.append(try container.decode(JSONValue.self)) }
      self = .array(elements)
    } else {
      self = try Self.scalar(in: try decoder.singleValueContainer())
    }
  }

  private static func scalar(in container: any SingleValueDecodingContainer) throws -> JSONValue {
    if container.decodeNil() { return .null }
    // Each attempt fails cheaply when the value has another type; the last one throws.
    if let value = try? container.decode(Bool.self) { return .bool(value) }
    if let value = try? container.decode(Int64.self) { return .integer(value) }
    if let value = try? container.decode(Double.self) { return .number(value) }
    return .string(try container.decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .null: try encodeScalar(nil as Bool?, to: encoder)
    case .bool(let value): try encodeScalar(value, to: encoder)
    case .integer(let value): try encodeScalar(value, to: encoder)
    case .number(let value): try encodeScalar(value, to: encoder)
    case .string(let value): try encodeScalar(value, to: encoder)
    case .array(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements { try container.encode(element) }
    case .object(let members):
      var container = encoder.container(keyedBy: AnyKey.self)
      for (key, value) in members { try container.encode(value, forKey: AnyKey(stringValue: key)) }
    }
  }

  private func encodeScalar(_ value: some Encodable, to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
