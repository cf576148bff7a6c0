/// The `loop` of a `for`. As in jinja2 an element is looked at only when it is needed, because the condition of a
/// filtered loop may depend on what the body did before.
final class TemplateLoopState {
  private let elements: [TemplateValue]
  private let isFiltered: Bool
  private var position = 0
  private var index = -1
  private var previous: TemplateValue?
  private var current: TemplateValue?
  /// Elements that were looked at before their turn; those before `aheadStart` have had it.
  private var ahead: [TemplateValue] = []
  private var aheadStart = 0
  private var lastChanged: TemplateElements?
  private var condition: ((TemplateValue) throws(TemplateError) -> Bool)?
  private var isFinished = false
  let depth: Int

  init(_ elements: [TemplateValue], condition: ((TemplateValue) throws(TemplateError) -> Bool)?) {
    self.elements = elements
    self.condition = condition
    isFiltered = condition != nil
    depth = elements.reduce(0) { max($0, $1.depth) } + 1
  }

  func next() throws(TemplateError) -> TemplateValue? {
    var next = takeAhead()
    if case nil = next { next = try fetch() }
    guard let value = next else { return nil }
    index += 1
    previous = current
    current = value
    return value
  }

  private func takeAhead() -> TemplateValue? {
    guard aheadStart < ahead.count else { return nil }
    defer { aheadStart += 1 }
    return ahead[aheadStart]
  }

  private func fetch() throws(TemplateError) -> TemplateValue? {
    while position < elements.count {
      let value = elements[position]
      position += 1
      if isFiltered, try condition?(value) != true { continue }
      return value
    }
    return nil
  }

  private func peek() throws(TemplateError) -> TemplateValue? {
    if aheadStart < ahead.count { return ahead[aheadStart] }
    guard let value = try fetch() else { return nil }
    ahead = [value]
    aheadStart = 0
    return value
  }

  private func length() throws(TemplateError) -> Int {
    guard isFiltered else { return elements.count }
    while let value = try fetch() { ahead.append(value) }
    return index + 1 + ahead.count - aheadStart
  }

  /// nil when `loop` has no such attribute.
  func attribute(_ name: String) throws(TemplateError) -> TemplateValue? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "revindex": .integer(try length() - index)
    case "revindex0": .integer(try length() - index - 1)
    case "first": .boolean(index == 0)
    case "last": .boolean(try peek() == nil)
    case "length": .integer(try length())
    case "depth": .integer(1)
    case "depth0": .integer(0)
    case "previtem": previous ?? .undefined("there is no previous item")
    case "nextitem": try peek() ?? .undefined("there is no next item")
    case "cycle", "changed": .function(.method(of: .loop(self), name: name))
    default: nil
    }
  }

  /// At the end of the loop: drops what could hold the scope or the loop itself.
  func finish() {
    isFinished = true
    condition = nil
    lastChanged = nil
  }

  func cycle(_ values: [TemplateValue]) -> TemplateValue? {
    values.isEmpty ? nil : values[index % values.count]
  }

  /// Whether `values` differ from those of the last call.
  func changed(
    _ values: [TemplateValue],
    areEqual: (TemplateElements, TemplateElements) throws(TemplateError) -> Bool
  ) throws(TemplateError) -> Bool {
    let values = TemplateElements(values)
    if let lastChanged, try areEqual(lastChanged, values) { return false }
    if !isFinished { lastChanged = values }
    return true
  }
}
