/// A metadata value of a GGUF file. The widths of the numbers are not kept.
package enum GGUFValue: Sendable, Hashable {
  case bool(Bool)
  /// Every integer type except UINT64.
  case integer(Int64)
  case unsigned(UInt64)
  /// FLOAT32 and FLOAT64.
  case number(Double)
  case string(String)
  case array(GGUFArray)
}

/// An array of a GGUF file: all elements have one type.
package enum GGUFArray: Sendable, Hashable {
  case bools([Bool])
  case integers([Int64])
  case unsigned([UInt64])
  case numbers([Double])
  /// Bytes, since nothing makes the tokens of a vocabulary keep to UTF-8.
  case strings([[UInt8]])
  case arrays([GGUFArray])

  package var count: Int {
    switch self {
    case .bools(let elements): elements.count
    case .integers(let elements): elements.count
    case .unsigned(let elements): elements.count
    case .numbers(let elements): elements.count
    case .strings(let elements): elements.count
    case .arrays(let elements): elements.count
    }
  }
}

extension GGUFValue {
  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// nil for other types, and for what does not fit.
  package var integer: Int? {
    switch self {
    case .integer(let value): Int(value)
    case .unsigned(let value): Int(exactly: value)
    default: nil
    }
  }

  package var number: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    default: nil
    }
  }

  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var array: GGUFArray? {
    if case .array(let value) = self { value } else { nil }
  }

  /// For messages: what was found where something else is expected.
  var typeName: String {
    switch self {
    case .bool: "a bool"
    case .integer, .unsigned: "an integer"
    case .number: "a float"
    case .string: "a string"
    case .array: "an array"
    }
  }
}

/// The type numbers of metadata values.
enum GGUFValueType: UInt32 {
  case unsigned8 = 0
  case signed8, unsigned16, signed16, unsigned32, signed32, float32, bool, string, array
  case unsigned64, signed64, float64

  /// The fewest bytes that a value can have: bounds a count before anything is allocated for it.
  var minimumByteCount: Int {
    switch self {
    case .unsigned8, .signed8, .bool: 1
    case .unsigned16, .signed16: 2
    case .unsigned32, .signed32, .float32: 4
    case .unsigned64, .signed64, .float64, .string: 8
    case .array: 12
    }
  }
}
