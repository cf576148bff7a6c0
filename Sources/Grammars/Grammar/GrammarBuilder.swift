/// Collects the rules of a grammar. A state may be left by empty moves while it is built.
struct GrammarBuilder {
  private var terminals: [Terminal] = []
  private var terminalNumbers: [Terminal: Int32] = [:]
  private var edges: [[Grammar.Edge]] = []
  private var emptyMoves: [[Int32]] = []
  private var isFinal: [Bool] = []
  private var automatonTransitions = 0

  mutating func makeState(isFinal: Bool = false) throws(GrammarError) -> Int32 {
    guard edges.count < Limits.grammarStates else { throw GrammarError.automatonTooLarge(limit: Limits.grammarStates) }
    edges.append([])
    emptyMoves.append([])
    self.isFinal.append(isFinal)
    return Int32(edges.count - 1)
  }

  mutating func connect(_ source: Int32, to target: Int32) {
    emptyMoves[Int(source)].append(target)
  }

  mutating func connect(_ source: Int32, to target: Int32, calling rule: Int32) {
    edges[Int(source)].append(Grammar.Edge(symbol: .call(rule), target: target))
  }

  mutating func connect(_ source: Int32, to target: Int32, reading terminal: Terminal) throws(GrammarError) {
    edges[Int(source)].append(Grammar.Edge(symbol: .terminal(try number(of: terminal)), target: target))
  }

  mutating func connect(_ source: Int32, to target: Int32, reading text: SpacedText) throws(GrammarError) {
    try connect(source, to: target, reading: .automaton(text.automaton()))
  }

  /// Reads one of `texts`.
  mutating func connect(_ source: Int32, to target: Int32, readingOneOf texts: [String]) throws(GrammarError) {
    var nfa = ByteNFA()
    let (start, end) = (try nfa.makeNode(), try nfa.makeNode())
    for text in texts { nfa.connect(try nfa.append(text.utf8, from: start), to: end) }
    guard let automaton = try nfa.determinized(from: start, accepting: end) else {
      preconditionFailure("a choice has at least one text")
    }
    try connect(source, to: target, reading: .automaton(automaton))
  }

  private mutating func number(of terminal: Terminal) throws(GrammarError) -> Int32 {
    if let number = terminalNumbers[terminal] { return number }
    if case .automaton(let automaton) = terminal { automatonTransitions += automaton.transitions.count }
    guard automatonTransitions <= Limits.allAutomatonTransitions else {
      throw GrammarError.automatonTooLarge(limit: Limits.allAutomatonTransitions)
    }
    let number = Int32(terminals.count)
    terminalNumbers[terminal] = number
    terminals.append(terminal)
    return number
  }

  mutating func grammar(from start: Int32) throws(GrammarError) -> Grammar {
    var states: [[Grammar.Edge]] = []
    var final: [Bool] = []
    var count = 0
    for state in edges.indices {
      let reached = reach(Int32(state))
      states.append(reached.flatMap { edges[Int($0)] })
      final.append(reached.contains { isFinal[Int($0)] })
      count += states[state].count
      guard count <= Limits.grammarEdges else {
        throw GrammarError.tooLarge(
          pointer: "",
          what: "the optional properties make too many combinations",
          limit: Limits.grammarEdges
        )
      }
    }
    return try Grammar(terminals: terminals, states: states, isFinal: final, start: start)
  }

  private func reach(_ state: Int32) -> [Int32] {
    var reached = [state]
    var seen: Set<Int32> = [state]
    var next = 0
    while next < reached.count {
      for target in emptyMoves[Int(reached[next])] where seen.insert(target).inserted { reached.append(target) }
      next += 1
    }
    return reached
  }
}

/// Fixed bytes in which a marked space may be left out: the white space that a model may write after “,” and “:”.
struct SpacedText {
  private var parts: [(bytes: [UInt8], isOptional: Bool)] = []

  init(_ text: String) { parts.append((Array(text.utf8), false)) }

  func text(_ text: String) -> SpacedText {
    var copy = self
    copy.parts.append((Array(text.utf8), false))
    return copy
  }

  var space: SpacedText {
    var copy = self
    copy.parts.append(([0x20], true))
    return copy
  }

  func automaton() throws(GrammarError) -> ByteAutomaton {
    var nfa = ByteNFA()
    let start = try nfa.makeNode()
    var node = start
    for part in parts {
      let next = try nfa.append(part.bytes, from: node)
      if part.isOptional { nfa.connect(node, to: next) }
      node = next
    }
    guard let automaton = try nfa.determinized(from: start, accepting: node) else {
      preconditionFailure("a chain of bytes accepts at least one text")
    }
    return automaton
  }
}
