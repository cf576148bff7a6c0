internal import Checkpoints
internal import JSON

/// Reads values of a JSON configuration: a value of the wrong type or range is refused with its key, never replaced.
struct ConfigurationReader {
  let object: JSONObject
  let path: String

  func integer(_ key: some CodingKey, in range: ClosedRange<Int>) throws(CheckpointError) -> Int {
    guard let value = try optionalInteger(key, in: range) else {
      throw CheckpointError(path: path, .missingKey(key.stringValue))
    }
    return value
  }

  /// nil when the key is missing or null.
  func optionalInteger(_ key: some CodingKey, in range: ClosedRange<Int>) throws(CheckpointError) -> Int? {
    guard let value = present(key) else { return nil }
    guard let number = value.integer else { throw invalid(key, "is \(value.typeName), not a whole number") }
    guard range.contains(number) else { throw invalid(key, "is \(number), not within \(range)") }
    return number
  }

  func optionalNumber(_ key: some CodingKey, in range: ClosedRange<Double>) throws(CheckpointError) -> Double? {
    guard let value = present(key) else { return nil }
    guard let number = value.double else { throw invalid(key, "is \(value.typeName), not a number") }
    guard range.contains(number) else { throw invalid(key, "is \(number), not within \(range)") }
    return number
  }

  func number(_ key: some CodingKey, in range: ClosedRange<Double>) throws(CheckpointError) -> Double {
    guard let value = try optionalNumber(key, in: range) else {
      throw CheckpointError(path: path, .missingKey(key.stringValue))
    }
    return value
  }

  /// `count` numbers.
  func numbers(_ key: some CodingKey, count: Int, in range: ClosedRange<Double>) throws(CheckpointError) -> [Double] {
    guard let value = present(key) else { throw CheckpointError(path: path, .missingKey(key.stringValue)) }
    guard let elements = value.array else { throw invalid(key, "is \(value.typeName), not a list") }
    let numbers = elements.compactMap { $0.double }
    guard numbers.count == elements.count, numbers.allSatisfy(range.contains) else {
      throw invalid(key, "holds something else than numbers within \(range)")
    }
    guard numbers.count == count else { throw invalid(key, "has \(numbers.count) numbers, not \(count)") }
    return numbers
  }

  func flag(_ key: some CodingKey, default standard: Bool) throws(CheckpointError) -> Bool {
    guard let value = present(key) else { return standard }
    guard let flag = value.bool else { throw invalid(key, "is \(value.typeName), not true or false") }
    return flag
  }

  func optionalString(_ key: some CodingKey) throws(CheckpointError) -> String? {
    guard let value = present(key) else { return nil }
    guard let string = value.string else { throw invalid(key, "is \(value.typeName), not a string") }
    return string
  }

  func optionalReader(_ key: some CodingKey) throws(CheckpointError) -> ConfigurationReader? {
    guard let value = present(key) else { return nil }
    guard let object = value.object else { throw invalid(key, "is \(value.typeName), not an object") }
    return ConfigurationReader(object: object, path: path)
  }

  /// A token id or a list of them; empty when the key is missing or null.
  func tokenIDs(_ key: some CodingKey, vocabularySize: Int) throws(CheckpointError) -> [Int] {
    guard let value = present(key) else { return [] }
    var identifiers: [Int] = []
    for element in value.array ?? [value] {
      guard let identifier = element.integer, (0..<vocabularySize).contains(identifier) else {
        throw invalid(key, "holds \(element.text.prefix(40)), which is no token id below \(vocabularySize)")
      }
      identifiers.append(identifier)
    }
    return identifiers
  }

  /// Whether the key is there, be it null: some keys mean something by being null.
  func contains(_ key: some CodingKey) -> Bool { object[key.stringValue] != nil }

  func strings(_ key: some CodingKey) throws(CheckpointError) -> [String]? {
    guard let value = present(key) else { return nil }
    guard let elements = value.array else { throw invalid(key, "is \(value.typeName), not a list") }
    let strings = elements.compactMap { $0.string }
    guard strings.count == elements.count else { throw invalid(key, "holds something else than strings") }
    return strings
  }

  func unsupported(_ key: some CodingKey, _ value: String, supported: String) -> CheckpointError {
    CheckpointError(path: path, .unsupported(key: key.stringValue, value: value, supported: supported))
  }

  func invalid(_ key: some CodingKey, _ problem: String) -> CheckpointError {
    CheckpointError(path: path, .invalidValue(key: key.stringValue, problem: problem))
  }

  private func present(_ key: some CodingKey) -> JSONValue? {
    guard let value = object[key.stringValue], !value.isNull else { return nil }
    return value
  }
}
