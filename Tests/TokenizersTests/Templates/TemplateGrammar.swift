/// Makes random templates: some grown from a grammar, some mutated from real ones.
struct TemplateGrammar {
  private var generator: SplitMix
  private let seeds: [[Unicode.Scalar]]

  init(seed: UInt64, seeds: [String]) {
    generator = SplitMix(state: seed)
    self.seeds = seeds.map { Array($0.unicodeScalars) }
  }

  mutating func template() -> String {
    guard chance(2) else { return mutation() }
    return "{% set ns = namespace(a=1) %}" + repeated(1...4) { $0.text() + $0.statement(3) }
  }

  // MARK: - Grammar

  private mutating func statement(_ depth: Int) -> String {
    guard depth > 0, chance(2) else { return "{{\(sign()) \(expression(3)) \(sign())}}" }
    switch Int.random(in: 0..<11, using: &generator) {
    case 0, 1:
      let filter = chance(3) ? " if \(expression(1))" : ""
      let otherwise = chance(4) ? tag("else") + body(depth) : ""
      return tag("for \(pick(["x", "x", "k, v"])) in \(expression(1))\(filter)") + body(depth) + otherwise
        + tag("endfor")
    case 2, 3:
      let alternative = chance(3) ? tag("elif \(expression(1))") + body(depth) : ""
      return tag("if \(expression(2))") + body(depth) + alternative + tag("else") + body(depth) + tag("endif")
    case 4, 5: return tag("set \(pick(["x", "y", "ns.a", "x, y"])) = \(expression(2))")
    case 6: return tag("set y") + body(depth) + tag("endset")
    case 7:
      return tag("macro g(a, b=\(expression(1)))") + body(depth) + "{{ a }}" + tag("endmacro")
        + "{{ g(\(expression(1))) }}"
    case 8: return tag("filter \(pick(Self.filters))") + body(depth) + tag("endfilter")
    case 9: return tag("generation") + body(depth) + tag("endgeneration")
    default: return pick([tag("break"), tag("continue"), "{#\(sign()) x \(sign())#}", "{% raw %}{{{% endraw %}"])
    }
  }

  private mutating func body(_ depth: Int) -> String {
    repeated(0...2) { $0.text() + $0.statement(depth - 1) } + text()
  }

  private mutating func expression(_ depth: Int) -> String {
    guard depth > 0 else { return pick(Self.atoms) }
    switch Int.random(in: 0..<12, using: &generator) {
    case 0, 1: return pick(Self.atoms)
    case 2, 3: return "\(expression(depth - 1))|\(pick(Self.filters))"
    case 4, 5: return "(\(expression(depth - 1)))\(pick(Self.links))"
    case 6: return "\(expression(depth - 1)) is \(pick(Self.tests))"
    case 7, 8: return "\(expression(depth - 1)) \(pick(Self.operators)) \(expression(depth - 1))"
    case 9: return "\(expression(depth - 1)) if \(expression(depth - 1)) else \(expression(depth - 1))"
    case 10: return "[\(expression(depth - 1)), \(expression(depth - 1))]"
    default: return "{'k': \(expression(depth - 1)), 1: \(expression(depth - 1))}"
    }
  }

  private mutating func tag(_ content: String) -> String { "{%\(sign()) \(content) \(sign())%}" }
  private mutating func sign() -> String { pick(["", "", "", "-", "+"]) }
  private mutating func text() -> String { pick(["", " ", "\n", "  \n", " a ", "你\n  ", "\u{3000}"]) }

  private static let atoms = [
    "s", "w", "lines", "n", "f", "none", "l", "mixed", "words", "d", "people", "messages", "nope", "loop.index", "x",
    "ns.a",
    "1", "-3", "2.5", "1e300", "9223372036854775807", "'aB c'", "'%s'", "'{}'", "''", "[]", "{}", "(1, 2)", "true",
    "range(9)",
    "'é\\n'", "namespace(a=l)", "cycler(1, 2)", "joiner()", "loop", "g", "ns", "dict(a=s)",
  ]
  private static let filters = [
    "length", "upper", "trim", "title", "list", "string", "int", "float", "abs", "round(2)", "first", "last", "join(s)",
    "sort",
    "unique", "reverse", "tojson(indent=n)", "default(s, true)", "items", "dictsort", "map('upper')", "select('odd')",
    "selectattr('age', 'gt', 26)", "map(attribute='name')", "replace('a', s)", "indent(n)", "e", "safe", "batch(2, s)",
    "slice(n)", "sum", "min", "max", "center(n)", "truncate(n)", "wordcount", "format(n)", "attr('upper')", "nope",
  ]
  private static let tests = [
    "defined", "none", "string", "number", "mapping", "sequence", "iterable", "odd", "divisibleby n", "lower", "in l",
    "eq 1",
    "gt 1", "callable", "sameas none", "not undefined",
  ]
  private static let operators = [
    "+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", "in", "not in", "and", "or",
  ]
  private static let links = [
    ".upper()", ".strip(s)", ".split()", ".split(',', n)", ".items()", ".get('a')", ".startswith(s)",
    ".replace('l', s)",
    "[0]", "[-1]", "[1:]", "[::-1]", "[n:f:n]", ".name", ".a", "['b']", ".join(words)", ".find('l', n)", ".count('')",
    ".splitlines()", ".index(1)", ".zfill(n)", ".rsplit(none, 1)", ".partition(' ')", ".format(n, s, a=d)", "()",
    "(1, a=2)",
    ".next()", ".cycle(1, 2)", ".changed(x)", ".last", ".length", ".nextitem", ".append(1)", ".__class__",
  ]

  // MARK: - Mutation

  /// A seed with a few pieces deleted, doubled, moved or replaced by pieces of other seeds.
  private mutating func mutation() -> String {
    var scalars = pick(seeds)
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !scalars.isEmpty {
      let start = Int.random(in: 0..<scalars.count, using: &generator)
      let end = min(scalars.count, start + Int.random(in: 0...12, using: &generator))
      let donor = pick(seeds)
      let from = Int.random(in: 0...donor.count, using: &generator)
      let piece = donor[from..<min(donor.count, from + Int.random(in: 0...16, using: &generator))]
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: scalars.removeSubrange(start..<end)
      case 1: scalars.insert(contentsOf: scalars[start..<end], at: start)
      case 2: scalars.replaceSubrange(start..<end, with: piece)
      default: scalars.insert(pick(Array("{}%#-+'\"()[]|.,:~\n\\0\u{0}é\u{3000}".unicodeScalars)), at: start)
      }
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  // MARK: - Chance

  private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }

  /// - Precondition: `choices` is not empty.
  private mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
    choices[Int.random(in: 0..<choices.count, using: &generator)]
  }

  private mutating func repeated(_ counts: ClosedRange<Int>, _ make: (inout TemplateGrammar) -> String) -> String {
    (0..<Int.random(in: counts, using: &generator)).reduce(into: "") { text, _ in text += make(&self) }
  }
}

/// Steele, Lea and Flood's SplitMix64: the same numbers for the same seed everywhere.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
