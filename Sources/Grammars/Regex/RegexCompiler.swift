/// Appends a regular expression to a byte automaton.
struct RegexCompiler {
  private let encoding: TextEncoding
  private var sequences: [CodePointSet: UTF8Sequences] = [:]

  init(encoding: TextEncoding) { self.encoding = encoding }

  /// Returns the node in which `regex`, begun in `start`, has been read.
  mutating func append(
    _ regex: RegexNode,
    to nfa: inout ByteNFA,
    from start: Int32
  ) throws(GrammarError) -> Int32 {
    try nfa.spend()
    switch regex {
    case .characters(let set):
      return try append(set, to: &nfa, from: start)
    case .sequence(let parts):
      var node = start
      for part in parts { node = try append(part, to: &nfa, from: node) }
      return node
    case .alternatives(let branches):
      let end = try nfa.makeNode()
      for branch in branches {
        let begin = try nfa.makeNode()
        nfa.connect(start, to: begin)
        nfa.connect(try append(branch, to: &nfa, from: begin), to: end)
      }
      return end
    case .repetition(let body, let minimum, let maximum):
      return try append(body, minimum: minimum, maximum: maximum, to: &nfa, from: start)
    case .start, .end:
      let end = try nfa.makeNode()
      nfa.connect(start, to: end, when: regex == .start ? .atStart : .atEnd)
      return end
    }
  }

  private mutating func append(
    _ body: RegexNode,
    minimum: Int,
    maximum: Int?,
    to nfa: inout ByteNFA,
    from start: Int32
  ) throws(GrammarError) -> Int32 {
    var node = start
    for _ in 0..<minimum { node = try append(body, to: &nfa, from: node) }
    let end = try nfa.makeNode()
    guard let maximum else {
      let loop = try nfa.makeNode()
      nfa.connect(node, to: loop)
      nfa.connect(try append(body, to: &nfa, from: loop), to: loop)
      nfa.connect(loop, to: end)
      return end
    }
    for _ in minimum..<maximum {
      nfa.connect(node, to: end)
      node = try append(body, to: &nfa, from: node)
    }
    nfa.connect(node, to: end)
    return end
  }

  private mutating func append(
    _ set: CodePointSet,
    to nfa: inout ByteNFA,
    from start: Int32
  ) throws(GrammarError) -> Int32 {
    let characters = sequences[set] ?? UTF8Sequences(set, encoding: encoding)
    sequences[set] = characters
    let end = try nfa.makeNode()
    // An empty class matches nothing: its end is never reached.
    guard let root = characters.root else { return end }
    var nodes: [Int32] = []
    for index in characters.nodes.indices { nodes.append(index == root ? start : try nfa.makeNode()) }
    for (index, moves) in characters.nodes.enumerated() {
      try nfa.spend(moves.count)
      for move in moves { nfa.connect(nodes[index], to: move.target.map { nodes[$0] } ?? end, on: move.range) }
    }
    return end
  }
}

extension ByteAutomaton {
  /// The texts that `pattern` matches as a whole.
  static func matching(_ pattern: RegexNode) throws(GrammarError) -> ByteAutomaton? {
    var nfa = ByteNFA()
    var compiler = RegexCompiler(encoding: .utf8)
    let start = try nfa.makeNode()
    let end = try compiler.append(pattern, to: &nfa, from: start)
    return try nfa.determinized(from: start, accepting: end)
  }

  /// JSON strings, quotation marks included, in which `pattern` matches: anywhere, as JSON Schema has it, or as a whole.
  static func jsonStrings(matching pattern: RegexNode, asWhole: Bool) throws(GrammarError) -> ByteAutomaton? {
    let anything = RegexNode.repetition(.characters(.all), minimum: 0, maximum: nil)
    let content = asWhole ? pattern : .sequence([anything, pattern, anything])
    var text = ByteNFA()
    var compiler = RegexCompiler(encoding: .jsonString)
    let start = try text.makeNode()
    let end = try compiler.append(content, to: &text, from: start)
    return try text.determinized(from: start, accepting: end).map { $0.quoted() }
  }
}
