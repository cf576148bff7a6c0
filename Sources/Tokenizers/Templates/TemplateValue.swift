/// A Python value as templates see it. Lists and dictionaries never change, as in jinja2's immutable sandbox.
enum TemplateValue {
  /// jinja2's default Undefined: prints as nothing, is false and empty; the text says what is undefined.
  case undefined(String)
  case none
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  /// A string that `safe` or `escape` marked: what is added to it gets escaped.
  case markup(String)
  case list(TemplateElements)
  case tuple(TemplateElements)
  case range(TemplateRange)
  case dictionary(TemplateDictionary)
  /// What `keys()`, `values()` and `items()` of a dictionary give.
  case view(TemplateDictionaryView)
  /// A generator: what lazy filters give.
  case iterator(TemplateIterator)
  case namespace(TemplateNamespace)
  case loop(TemplateLoopState)
  case function(TemplateFunction)
}

/// The elements of a list or tuple.
final class TemplateElements {
  let values: [TemplateValue]
  /// 1 more than the deepest element.
  let depth: Int

  init(_ values: [TemplateValue]) {
    self.values = values
    depth = values.reduce(0) { max($0, $1.depth) } + 1
  }
}

struct TemplateRange {
  let start: Int
  let stop: Int
  let step: Int
  let count: Int

  subscript(index: Int) -> Int { start + index * step }
}

struct TemplateDictionaryView {
  enum Kind: String {
    case keys, values, items
  }

  let kind: Kind
  let elements: TemplateElements
}

/// Elements that can be passed through once.
final class TemplateIterator {
  private var remaining: [TemplateValue]
  private var position = 0
  let depth: Int

  init(_ values: [TemplateValue]) {
    remaining = values
    depth = values.reduce(0) { max($0, $1.depth) } + 1
  }

  func next() -> TemplateValue? {
    guard position < remaining.count else { return nil }
    defer { position += 1 }
    return remaining[position]
  }

  func takeAll() -> [TemplateValue] {
    defer { remaining = [] }
    return Array(remaining.dropFirst(position))
  }
}

/// What `namespace()` gives: the one value that templates change.
final class TemplateNamespace {
  var members: [(name: String, value: TemplateValue)] = []

  subscript(name: String) -> TemplateValue? {
    get { members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value }
    set {
      guard let newValue else { return }
      if let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
        members[index].value = newValue
      } else {
        members.append((name, newValue))
      }
    }
  }
}

/// What can be called.
enum TemplateFunction {
  case builtin(TemplateBuiltin)
  case macro(TemplateMacro)
  indirect case method(of: TemplateValue, name: String)
  case cycler(TemplateCycler)
  case joiner(TemplateJoiner)
}

final class TemplateMacro {
  let syntax: TemplateMacroSyntax
  /// Where the macro was defined: its body sees these names.
  let scope: TemplateScope

  init(_ syntax: TemplateMacroSyntax, in scope: TemplateScope) {
    self.syntax = syntax
    self.scope = scope
  }
}

final class TemplateCycler {
  let elements: TemplateElements
  var position = 0

  init(_ elements: TemplateElements) { self.elements = elements }
}

final class TemplateJoiner {
  let separator: TemplateValue
  var isUsed = false

  init(separator: TemplateValue) { self.separator = separator }
}

extension TemplateValue {
  /// How deep containers are nested in this value. Namespaces and macros count as leaves: the renderer takes their
  /// contents apart itself.
  var depth: Int {
    switch self {
    case .list(let elements), .tuple(let elements): elements.depth
    case .dictionary(let dictionary): dictionary.depth
    case .view(let view): view.elements.depth
    case .iterator(let iterator): iterator.depth
    case .loop(let loop): loop.depth
    case .function(.method(let receiver, _)): receiver.depth + 1
    case .function(.cycler(let cycler)): cycler.elements.depth
    case .function(.joiner(let joiner)): joiner.separator.depth + 1
    default: 0
    }
  }

  /// The text of strings and of marked strings.
  var text: String? {
    switch self {
    case .string(let text), .markup(let text): text
    default: nil
    }
  }

  /// Integers and truth values, which are integers in Python.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }

  var number: Double? {
    if case .float(let value) = self { value } else { integer.map(Double.init) }
  }

  var isMarked: Bool {
    if case .markup = self { true } else { false }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  var isNone: Bool {
    if case .none = self { true } else { false }
  }

  /// Python's truth.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let text), .markup(let text): !text.isEmpty
    case .list(let elements), .tuple(let elements): !elements.values.isEmpty
    case .range(let range): range.count > 0
    case .dictionary(let dictionary): !dictionary.keys.isEmpty
    case .view(let view): !view.elements.values.isEmpty
    case .iterator, .namespace, .loop, .function: true
    }
  }

  /// Python's name of the type, for error messages.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "None"
    case .boolean: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .markup: "Markup"
    case .list: "list"
    case .tuple: "tuple"
    case .range: "range"
    case .dictionary: "dict"
    case .view(let view): "dict_\(view.kind.rawValue)"
    case .iterator: "generator"
    case .namespace: "Namespace"
    case .loop: "LoopContext"
    case .function: "function"
    }
  }
}
