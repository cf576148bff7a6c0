/// The part of regular expressions that an automaton can run in linear time, where ECMA-262 and Python agree on the
/// meaning. Everything else is refused by name.
struct RegexParser {
  private let scalars: [Unicode.Scalar]
  private var offset = 0
  private var depth = 0

  static func parse(_ pattern: String) throws(RegexError) -> RegexNode {
    var parser = RegexParser(scalars: Array(pattern.unicodeScalars))
    guard parser.scalars.count <= Limits.expressionLength else {
      throw parser.error("it is longer than \(Limits.expressionLength) characters")
    }
    let node = try parser.parseAlternatives()
    guard parser.next == nil else { throw parser.error("“)” without “(”; write \\) for the character") }
    return node
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func parseAlternatives() throws(RegexError) -> RegexNode {
    var branches = [try parseSequence()]
    while consume("|") { branches.append(try parseSequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func parseSequence() throws(RegexError) -> RegexNode {
    var nodes: [RegexNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      let isAnchor = scalar == "^" || scalar == "$"
      let atom = try parseAtom()
      if isAnchor, let quantifier = next, ["*", "+", "?", "{"].contains(quantifier) {
        throw error("an anchor cannot be repeated")
      }
      nodes.append(try parseQuantifier(after: atom))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func parseAtom() throws(RegexError) -> RegexNode {
    guard let scalar = next else { throw error("it ends too early") }
    switch scalar {
    case "(": return try parseGroup()
    case "*", "+", "?": throw error("“\(scalar)” has nothing to repeat; write \\\(scalar) for the character")
    case "{": throw error("“{” begins no quantifier here; write \\{ for the character")
    default: break
    }
    offset += 1
    switch scalar {
    case "^": return .start
    case "$": return .end
    case ".": return .characters(CharacterClass.anyButLineEnds.certain)
    case "[": return .characters(try parseClass())
    case "\\": return .characters(try parseEscape(inClass: false).certain)
    default: return .characters(CodePointSet(scalar))
    }
  }

  private mutating func parseGroup() throws(RegexError) -> RegexNode {
    try skipGroupHead()
    guard depth < Limits.expressionDepth else { throw error("groups nest deeper than \(Limits.expressionDepth)") }
    depth += 1
    defer { depth -= 1 }
    let node = try parseAlternatives()
    guard consume(")") else { throw error("a group is not closed") }
    return node
  }

  private static let refusedGroups = [
    ("?=", "look-ahead (?=…)"), ("?!", "negative look-ahead (?!…)"), ("?<=", "look-behind (?<=…)"),
    ("?<!", "negative look-behind (?<!…)"), ("?P=", "the back-reference (?P=…)"), ("?>", "the atomic group (?>…)"),
    ("?(", "the conditional group (?(…)…)"), ("?#", "the comment (?#…)"),
  ]

  private mutating func skipGroupHead() throws(RegexError) {
    for (head, name) in Self.refusedGroups where scalars[(offset + 1)...].starts(with: head.unicodeScalars) {
      throw unsupported(name)
    }
    offset += 1
    guard consume("?") else { return }
    if consume(":") { return }
    _ = consume("P")
    guard consume("<") else { throw unsupported("the inline flag or extension “(?…”") }
    let start = offset
    while let scalar = next, scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
      offset += 1
    }
    guard offset > start, consume(">") else { throw error("the name of a group is not closed with “>”") }
  }

  private mutating func parseQuantifier(after atom: RegexNode) throws(RegexError) -> RegexNode {
    guard let scalar = next else { return atom }
    let bounds: (minimum: Int, maximum: Int?)
    switch scalar {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{": bounds = try parseBounds()
    default: return atom
    }
    if scalar != "{" { offset += 1 }
    // A lazy quantifier matches the same texts.
    _ = consume("?")
    if next == "+" { throw unsupported("the possessive quantifier “\(scalar)+”") }
    if let scalar = next, ["*", "?", "{"].contains(scalar) { throw error("a quantifier follows a quantifier") }
    return .repetition(atom, minimum: bounds.minimum, maximum: bounds.maximum)
  }

  private mutating func parseBounds() throws(RegexError) -> (minimum: Int, maximum: Int?) {
    let start = offset
    offset += 1
    guard let minimum = try parseCount() else {
      offset = start
      throw error("“{” begins no quantifier here; write \\{ for the character, {0,n} for at most n")
    }
    var maximum: Int? = minimum
    if consume(",") { maximum = try parseCount() }
    guard consume("}") else {
      offset = start
      throw error("“{” begins no quantifier here; write \\{ for the character")
    }
    if let maximum, maximum < minimum { throw error("the quantifier {\(minimum),\(maximum)} has no solution") }
    return (minimum, maximum)
  }

  private mutating func parseCount() throws(RegexError) -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar) {
      value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
      if let value, value > Limits.repetitions { throw error("a repetition above \(Limits.repetitions)") }
      offset += 1
    }
    return value
  }
}

// MARK: - Classes and escapes

extension RegexParser {
  /// After `[`.
  private mutating func parseClass() throws(RegexError) -> CodePointSet {
    let isNegated = consume("^")
    if next == "]" { throw error("“]” at the beginning of a class; write \\] for the character") }
    var union = CharacterClass(.empty)
    while !consume("]") {
      let lower = try parseClassMember()
      guard next == "-", offset + 1 < scalars.count, scalars[offset + 1] != "]" else {
        union = union.union(lower)
        continue
      }
      offset += 1
      union = union.union(try range(from: lower, to: try parseClassMember()))
    }
    return (isNegated ? union.complement : union).certain
  }

  private mutating func parseClassMember() throws(RegexError) -> CharacterClass {
    guard let scalar = next else { throw error("a class is not closed with “]”") }
    offset += 1
    return scalar == "\\" ? try parseEscape(inClass: true) : CharacterClass(CodePointSet(scalar))
  }

  private func range(from lower: CharacterClass, to upper: CharacterClass) throws(RegexError) -> CharacterClass {
    guard let first = lower.single, let last = upper.single else {
      throw error("a range between classes; write \\- for the character")
    }
    guard first <= last else { throw error("a range in reverse order") }
    return CharacterClass(CodePointSet([first...last]).intersection(.all))
  }

  /// After a backslash.
  private mutating func parseEscape(inClass: Bool) throws(RegexError) -> CharacterClass {
    guard let scalar = next else { throw error("it ends with a backslash") }
    if !inClass, ("1"..."9").contains(scalar) || scalar == "k" { throw unsupported("the back-reference \\\(scalar)") }
    offset += 1
    switch scalar {
    case "d": return .digit
    case "D": return .digit.complement
    case "w": return .word
    case "W": return .word.complement
    case "s": return .space
    case "S": return .space.complement
    case "n": return CharacterClass(CodePointSet("\n"))
    case "r": return CharacterClass(CodePointSet("\r"))
    case "t": return CharacterClass(CodePointSet("\t"))
    case "f": return CharacterClass(CodePointSet("\u{c}"))
    case "v": return CharacterClass(CodePointSet("\u{b}"))
    case "x": return CharacterClass(CodePointSet(try parseHexadecimal(digits: 2)))
    case "u": return CharacterClass(CodePointSet(try parseHexadecimal(digits: 4)))
    default: return CharacterClass(CodePointSet(try literal(scalar, inClass: inClass)))
    }
  }

  private func literal(_ scalar: Unicode.Scalar, inClass: Bool) throws(RegexError) -> Unicode.Scalar {
    switch scalar {
    case "b" where !inClass, "B": throw unsupported("the word boundary \\\(scalar)")
    case "p", "P": throw unsupported("the Unicode property \\\(scalar)")
    case "A", "Z", "z": throw unsupported("the anchor \\\(scalar) (write ^ or $)")
    case "0"..."9", "a"..."z", "A"..."Z": throw unsupported("the escape \\\(scalar)")
    default: return scalar
    }
  }

  private mutating func parseHexadecimal(digits: Int) throws(RegexError) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let scalar = next, let digit = Character(scalar).hexDigitValue, scalar.isASCII else {
        throw error("\\x needs two and \\u four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("half a surrogate pair; write the character itself") }
    return scalar
  }

  private var next: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

  private mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    offset += 1
    return true
  }

  private func error(_ problem: String) -> RegexError { RegexError(offset: offset, problem: problem) }

  private func unsupported(_ name: String) -> RegexError {
    error(
      "\(name) is not supported: it cannot be checked in linear time or means different things in different engines"
    )
  }
}

extension CharacterClass {
  fileprivate var single: UInt32? {
    guard certain == possible, certain.ranges.count == 1, certain.ranges[0].count == 1 else { return nil }
    return certain.ranges[0].lowerBound
  }
}
