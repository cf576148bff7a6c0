/// The members of a JSON object in their order.
///
/// Keys are compared by their bytes: Swift's `String` equality is canonical equivalence, which would merge the
/// composed and decomposed forms that real vocabularies hold side by side.
package struct JSONObject: Sendable, Hashable {
  package typealias Member = (key: String, value: JSONValue)

  package private(set) var keys: [String] = []
  package private(set) var values: [JSONValue] = []
  /// Built once an object outgrows linear search.
  private var positions: [ByteKey: Int] = [:]

  private static let linearSearchLimit = 8

  package init() {}

  /// - Precondition: the keys are distinct.
  package init(uniqueKeysWithValues members: some Sequence<(String, JSONValue)>) {
    for (key, value) in members {
      let isNew = updateValue(value, forKey: key) == nil
      precondition(isNew, "the keys of a JSON object must be distinct")
    }
  }

  package var count: Int { keys.count }
  package var isEmpty: Bool { keys.isEmpty }

  package subscript(key: String) -> JSONValue? {
    get { position(of: key).map { values[$0] } }
    set {
      if let newValue { updateValue(newValue, forKey: key) } else { removeValue(forKey: key) }
    }
  }

  /// Replaces in place or appends; returns the value that stood there.
  @discardableResult
  package mutating func updateValue(_ value: JSONValue, forKey key: String) -> JSONValue? {
    if let position = position(of: key) {
      defer { values[position] = value }
      return values[position]
    }
    keys.append(key)
    values.append(value)
    if !positions.isEmpty {
      positions[ByteKey(key)] = keys.count - 1
    } else if keys.count > Self.linearSearchLimit {
      rebuildPositions()
    }
    return nil
  }

  @discardableResult
  package mutating func removeValue(forKey key: String) -> JSONValue? {
    guard let position = position(of: key) else { return nil }
    keys.remove(at: position)
    defer {
      positions = [:]
      if keys.count > Self.linearSearchLimit { rebuildPositions() }
    }
    return values.remove(at: position)
  }

  private func position(of key: String) -> Int? {
    if positions.isEmpty {
      return keys.firstIndex { $0.utf8.elementsEqual(key.utf8) }
    }
    return positions[ByteKey(key)]
  }

  private mutating func rebuildPositions() {
    for (position, key) in keys.enumerated() { positions[ByteKey(key)] = position }
  }
}

extension JSONObject {
  /// The same members in the same order, keys byte for byte.
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.values == right.values && left.keys.elementsEqual(right.keys) { $0.utf8.elementsEqual($1.utf8) }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(keys)
    hasher.combine(values)
  }
}

extension JSONObject: Sequence {
  package func makeIterator() -> some IteratorProtocol<Member> {
    zip(keys, values).lazy.map { (key: $0, value: $1) }.makeIterator()
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(uniqueKeysWithValues: elements)
  }
}

/// A string that equals another only when their bytes are the same.
private struct ByteKey: Sendable, Hashable {
  let string: String

  init(_ string: String) { self.string = string }

  static func == (left: ByteKey, right: ByteKey) -> Bool {
    left.string.utf8.elementsEqual(right.string.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for byte in string.utf8 { hasher.combine(byte) }
    hasher.combine(string.utf8.count)
  }
}
