extension TemplateRenderer {
  /// Python's `==`.
  func areEqual(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Bool {
    try step()
    if let left = left.text, let right = right.text {
      guard left.utf8.count == right.utf8.count else { return false }
      try charge(scanning: left)
      return left.utf8.elementsEqual(right.utf8)
    }
    if let left = left.integer, let right = right.integer { return left == right }
    if let left = left.number, let right = right.number { return left == right }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)): return try areEqual(left, right)
    case (.dictionary(let left), .dictionary(let right)): return try areEqual(left, right)
    case (.range(let left), .range(let right)):
      return left.count == right.count
        && (left.count == 0 || left.start == right.start && (left.count == 1 || left.step == right.step))
    case (.view(let left), .view(let right)) where left.kind == right.kind && left.kind != .values:
      guard left.elements.values.count == right.elements.values.count else { return false }
      for element in left.elements.values where try !contains(element, in: .list(right.elements)) { return false }
      return true
    default:
      guard let left = identity(left), let right = identity(right) else { return false }
      return left == right
    }
  }

  /// The object that two values must share to be the same.
  func identity(_ value: TemplateValue) -> ObjectIdentifier? {
    switch value {
    case .list(let elements), .tuple(let elements): ObjectIdentifier(elements)
    case .dictionary(let dictionary): ObjectIdentifier(dictionary)
    case .iterator(let iterator): ObjectIdentifier(iterator)
    case .namespace(let namespace): ObjectIdentifier(namespace)
    case .loop(let loop): ObjectIdentifier(loop)
    case .function(.macro(let macro)): ObjectIdentifier(macro)
    case .function(.cycler(let cycler)): ObjectIdentifier(cycler)
    case .function(.joiner(let joiner)): ObjectIdentifier(joiner)
    default: nil
    }
  }

  func areEqual(_ left: TemplateElements, _ right: TemplateElements) throws(TemplateError) -> Bool {
    guard left.values.count == right.values.count else { return false }
    for (left, right) in zip(left.values, right.values) where try !areEqual(left, right) { return false }
    return true
  }

  private func areEqual(_ left: TemplateDictionary, _ right: TemplateDictionary) throws(TemplateError) -> Bool {
    guard left.keys.count == right.keys.count else { return false }
    for (name, value) in zip(left.keys, left.values) {
      guard let key = try key(name), let other = right[key], try areEqual(value, other) else { return false }
    }
    return true
  }

  /// -1, 0 or 1 as `left` is less than, equal to or greater than `right`; nil beside a NaN.
  func order(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Int? {
    try step()
    try requireDefined(left)
    try requireDefined(right)
    if let left = left.text, let right = right.text {
      try charge(scanning: left, right)
      // UTF-8 sorts as code points do.
      if left.utf8.elementsEqual(right.utf8) { return 0 }
      return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }
    if let left = left.integer, let right = right.integer { return left < right ? -1 : left == right ? 0 : 1 }
    if let left = left.number, let right = right.number {
      return left < right ? -1 : left == right ? 0 : left > right ? 1 : nil
    }
    switch (left, right) {
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)): return try order(left, right)
    default: throw failure("a \(left.typeName) and a \(right.typeName) have no order")
    }
  }

  private func order(_ left: TemplateElements, _ right: TemplateElements) throws(TemplateError) -> Int? {
    for (left, right) in zip(left.values, right.values) where try !areEqual(left, right) {
      return try order(left, right)
    }
    let difference = left.values.count - right.values.count
    return difference.signum()
  }

  func compare(
    _ operation: TemplateComparison,
    _ left: TemplateValue,
    _ right: TemplateValue
  ) throws(TemplateError) -> Bool {
    switch operation {
    case .equal: try areEqual(left, right)
    case .notEqual: try !areEqual(left, right)
    case .less: try order(left, right) == -1
    case .lessOrEqual: try order(left, right).map { $0 <= 0 } ?? false
    case .greater: try order(left, right) == 1
    case .greaterOrEqual: try order(left, right).map { $0 >= 0 } ?? false
    case .within: try contains(left, in: right)
    case .notWithin: try !contains(left, in: right)
    }
  }

  func contains(_ value: TemplateValue, in container: TemplateValue) throws(TemplateError) -> Bool {
    switch container {
    case .string(let text), .markup(let text):
      let needle = try self.text(value, "what is looked for in a string")
      try charge(scanning: text, needle)
      return PythonTextSearch.contains(needle, in: text)
    case .dictionary(let dictionary):
      guard let key = try key(value) else { throw failure("a \(value.typeName) is no key of a dict") }
      return dictionary[key] != nil
    case .iterator(let iterator):
      while let element = iterator.next() {
        if try areEqual(element, value) { return true }
      }
      return false
    default:
      for element in try elements(of: container) where try areEqual(element, value) { return true }
      return false
    }
  }

  /// A stable sort by keys that are compared with `<`.
  func sorted<Element>(
    _ elements: [Element],
    by key: (Element) -> TemplateValue,
    descending: Bool = false
  ) throws(TemplateError) -> [Element] {
    var failure: TemplateError?
    var keyed = elements.enumerated().map { (position: $0, element: $1, key: key($1)) }
    keyed.sort { left, right in
      // The closure cannot throw typed errors: the first one is kept, and the order no longer matters.
      guard failure == nil else { return left.position < right.position }
      do throws(TemplateError) {
        let order = try order(left.key, right.key) ?? 0
        return order == 0 ? left.position < right.position : descending ? order > 0 : order < 0
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    return keyed.map(\.element)
  }
}
