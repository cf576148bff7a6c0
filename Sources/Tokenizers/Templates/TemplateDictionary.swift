/// A dictionary in the order of insertion, whose keys may be whatever Python can hash.
final class TemplateDictionary {
  private(set) var keys: [TemplateValue] = []
  private(set) var values: [TemplateValue] = []
  private(set) var depth = 1
  private var positions: [TemplateKey: Int] = [:]

  /// nil when a key cannot be hashed.
  init?(_ members: [(key: TemplateValue, value: TemplateValue)]) {
    for (key, value) in members {
      guard let hashed = TemplateKey(key) else { return nil }
      depth = max(depth, key.depth + 1, value.depth + 1)
      if let position = positions[hashed] {
        values[position] = value
      } else {
        positions[hashed] = keys.count
        keys.append(key)
        values.append(value)
      }
    }
  }

  init(_ members: [(name: String, value: TemplateValue)]) {
    for (name, value) in members {
      depth = max(depth, value.depth + 1)
      let key = TemplateKey.text(Array(name.utf8))
      if let position = positions[key] {
        values[position] = value
      } else {
        positions[key] = keys.count
        keys.append(.string(name))
        values.append(value)
      }
    }
  }

  subscript(key: TemplateKey) -> TemplateValue? {
    positions[key].map { values[$0] }
  }

  subscript(name: String) -> TemplateValue? {
    self[.text(Array(name.utf8))]
  }
}

/// A key as Python compares it: numbers by value whatever their type, strings by code points.
enum TemplateKey: Hashable {
  case none
  case undefined
  case integer(Int)
  case float(Double)
  case text([UInt8])
  case tuple([TemplateKey])
  case range(start: Int, step: Int, count: Int)
  case identity(ObjectIdentifier)

  /// nil for lists and dictionaries, which Python does not hash.
  init?(_ value: TemplateValue) {
    switch value {
    case .none: self = .none
    case .undefined: self = .undefined
    case .boolean(let value): self = .integer(value ? 1 : 0)
    case .integer(let value): self = .integer(value)
    case .float(let value): self = Int(exactly: value).map(TemplateKey.integer) ?? .float(value)
    case .string(let text), .markup(let text): self = .text(Array(text.utf8))
    case .tuple(let elements):
      var keys: [TemplateKey] = []
      for element in elements.values {
        guard let key = TemplateKey(element) else { return nil }
        keys.append(key)
      }
      self = .tuple(keys)
    case .range(let range): self = .range(start: range.start, step: range.step, count: range.count)
    case .namespace(let namespace): self = .identity(ObjectIdentifier(namespace))
    case .iterator(let iterator): self = .identity(ObjectIdentifier(iterator))
    case .loop(let loop): self = .identity(ObjectIdentifier(loop))
    case .function(.macro(let macro)): self = .identity(ObjectIdentifier(macro))
    case .list, .dictionary, .view, .function: return nil
    }
  }
}
