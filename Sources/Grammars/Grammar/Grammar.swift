/// A language of texts: rules that call one another, each a nondeterministic automaton over terminals and calls.
///
/// Read by a machine with a bounded stack whose every reachable state can be finished.
package final class Grammar: Sendable {
  struct Edge: Sendable, Hashable {
    enum Symbol: Sendable, Hashable {
      case terminal(Int32)
      /// Reads what the rule that begins in this state reads.
      case call(Int32)
    }

    var symbol: Symbol
    var target: Int32
  }

  let terminals: [Terminal]
  private let edges: [Edge]
  private let edgeStarts: [Int32]
  /// States in which their rule is complete.
  let isFinal: [Bool]
  /// Bytes of the shortest text from a state to the end of its rule.
  let costs: [Int]
  /// The first step of that text; nil where the rule is complete.
  let nearestEdges: [Edge?]
  /// Frames that the shallowest way from a state to the end of its rule still needs.
  let heights: [Int32]
  let start: Int32

  /// - Parameter states: the edges of each; those that cannot be finished are dropped here.
  init(
    terminals: [Terminal],
    states: [[Edge]],
    isFinal: [Bool],
    start: Int32
  ) throws(GrammarError) {
    let costs = GrammarCosts(terminals: terminals, states: states, isFinal: isFinal)
    guard costs.bytes[Int(start)] <= Limits.shortestDocument, costs.frames[Int(start)] <= Limits.stackDepth else {
      throw GrammarError.unsatisfiable(
        pointer: "",
        problem: "the shortest document would be endless, longer than \(Limits.shortestDocument) bytes or nested "
          + "deeper than \(Limits.stackDepth) levels; a recursive part needs a way to end"
      )
    }
    var edges: [Edge] = []
    var edgeStarts: [Int32] = [0]
    for state in states {
      edges += state.filter { costs.isFinishable($0) }
      edgeStarts.append(Int32(edges.count))
    }
    self.terminals = terminals
    self.edges = edges
    self.edgeStarts = edgeStarts
    self.isFinal = isFinal
    self.costs = costs.bytes
    self.nearestEdges = costs.nearestEdges
    self.heights = costs.frames.map { Int32(min($0, Limits.stackDepth + 1)) }
    self.start = start
  }

  func edges(from state: Int32) -> ArraySlice<Edge> {
    edges[Int(edgeStarts[Int(state)])..<Int(edgeStarts[Int(state) + 1])]
  }

  /// Whether a rule that has come here is complete and cannot go on: such a call needs no frame.
  func isEnd(_ state: Int32) -> Bool {
    isFinal[Int(state)] && edgeStarts[Int(state)] == edgeStarts[Int(state) + 1]
  }

  /// Whether the grammar is one terminal, so that nothing ever follows it.
  var isSingleTerminal: Bool {
    let first = edges(from: start)
    return first.count == 1 && first.allSatisfy { $0.symbol == .terminal(0) && isEnd($0.target) }
  }

  /// An estimate of what it weighs in memory.
  var byteCount: Int {
    let automata = terminals.reduce(0) { sum, terminal in
      if case .automaton(let automaton) = terminal { sum + 4 * automaton.transitions.count } else { sum }
    }
    return automata + 16 * edges.count + 64 * isFinal.count
  }

  /// Whether the whole of `text` belongs to the language.
  package func accepts(_ text: some Sequence<UInt8>) -> Bool {
    var state = GrammarState(start: self)
    for byte in text {
      state = state.advanced(by: byte, in: self)
      if state.isDead { return false }
    }
    return state.isAccepting
  }
}
