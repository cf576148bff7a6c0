extension GrammarState {
  /// The shortest bytes after which the text is complete; empty when it is, nil when the text has left the language.
  func shortestCompletion(in grammar: Grammar) -> [UInt8]? {
    if isAccepting { return [] }
    let nearest = readings.min { $0.distance(in: grammar) < $1.distance(in: grammar) }
    guard let nearest else { return nil }
    var bytes = grammar.terminals[Int(nearest.terminal)].shortestCompletion(from: nearest.state)
    grammar.appendShortestText(from: nearest.after, to: &bytes)
    var frame = nearest.stack
    while let current = frame {
      grammar.appendShortestText(from: current.returnState, to: &bytes)
      frame = current.below
    }
    return bytes
  }
}

extension GrammarState.Reading {
  fileprivate func distance(in grammar: Grammar) -> Int {
    var distance = grammar.terminals[Int(terminal)].distance(from: state) + grammar.costs[Int(after)]
    var frame = stack
    while let current = frame {
      distance += grammar.costs[Int(current.returnState)]
      frame = current.below
    }
    return distance
  }
}

extension Grammar {
  /// Appends the shortest text that brings a rule from `state` to its end.
  fileprivate func appendShortestText(from state: Int32, to bytes: inout [UInt8]) {
    // Without recursion: a shortest text may nest deeper than the machine's stack.
    var pending = [state]
    while let state = pending.popLast() {
      guard let edge = nearestEdges[Int(state)] else { continue }
      pending.append(edge.target)
      switch edge.symbol {
      case .terminal(let terminal):
        let terminal = terminals[Int(terminal)]
        bytes += terminal.shortestCompletion(from: terminal.start)
      case .call(let rule): pending.append(rule)
      }
    }
  }
}
