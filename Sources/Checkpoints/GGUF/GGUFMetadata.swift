/// The key-value pairs of a GGUF file, read with their types: a value of another type is refused, never replaced.
package struct GGUFMetadata: Sendable {
  /// In the order of the file.
  package let keys: [String]
  private let values: [String: GGUFValue]
  private let path: String

  static let architectureKey = "general.architecture"
  static let alignmentKey = "general.alignment"

  init(_ cursor: inout GGUFCursor, count: Int) throws(CheckpointError) {
    path = cursor.path
    var keys: [String] = []
    var values: [String: GGUFValue] = [:]
    for _ in 0..<count {
      let key = try cursor.name(limit: GGUFCursor.maximumKeyByteCount, of: "a metadata key")
      let value = try cursor.value(of: key)
      guard values.updateValue(value, forKey: key) == nil else { throw cursor.invalid(key, "is there twice") }
      keys.append(key)
    }
    self.keys = keys
    self.values = values
  }

  package subscript(key: String) -> GGUFValue? { values[key] }

  package func integer(_ key: String) throws(CheckpointError) -> Int? {
    try read(key, "an integer", \.integer)
  }

  package func number(_ key: String) throws(CheckpointError) -> Double? {
    try read(key, "a number", \.number)
  }

  package func bool(_ key: String) throws(CheckpointError) -> Bool? {
    try read(key, "a bool", \.bool)
  }

  package func string(_ key: String) throws(CheckpointError) -> String? {
    try read(key, "a string", \.string)
  }

  package func strings(_ key: String) throws(CheckpointError) -> [[UInt8]]? {
    try read(key, "an array of strings") { if case .array(.strings(let elements)) = $0 { elements } else { nil } }
  }

  package func numbers(_ key: String) throws(CheckpointError) -> [Double]? {
    try read(key, "an array of floats") { if case .array(.numbers(let elements)) = $0 { elements } else { nil } }
  }

  /// Bools count as 0 and 1.
  package func integers(_ key: String) throws(CheckpointError) -> [Int]? {
    try read(key, "an array of integers") { value in
      switch value {
      case .array(.integers(let elements)): elements.map { Int($0) }
      case .array(.bools(let elements)): elements.map { $0 ? 1 : 0 }
      default: nil
      }
    }
  }

  private func read<Value>(
    _ key: String,
    _ expected: String,
    _ convert: (GGUFValue) -> Value?
  ) throws(CheckpointError) -> Value? {
    guard let value = values[key] else { return nil }
    guard let converted = convert(value) else {
      throw CheckpointError(path: path, .invalidGGUF(what: key, problem: "is \(value.typeName), not \(expected)"))
    }
    return converted
  }
}
