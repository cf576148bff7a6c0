extension ByteNFA {
  /// The subset construction; nil when the language is empty.
  func determinized(from start: Int32, accepting: Int32) throws(GrammarError) -> ByteAutomaton? {
    var construction = SubsetConstruction(nfa: self, accepting: accepting)
    return try construction.run(from: start)
  }
}

private struct SubsetConstruction {
  private let nfa: ByteNFA
  private let accepting: Int32
  private let classes: [UInt8]
  private let classCount: Int
  private var subsets: [[Int32]] = []
  private var numbers: [Subset: Int32] = [:]
  private var isAccepting: [Bool] = []
  private var transitions: [Int32] = []
  /// The closure in which a node was seen last, instead of a set to clear.
  private var seen: [Int32]
  private var closures: Int32 = 0
  private var steps = 0

  private struct Subset: Hashable {
    let nodes: [Int32]
    let isAccepting: Bool
  }

  init(nfa: ByteNFA, accepting: Int32) {
    self.nfa = nfa
    self.accepting = accepting
    (classes, classCount) = Self.byteClasses(of: nfa)
    seen = Array(repeating: 0, count: nfa.nodes.count)
  }

  mutating func run(from start: Int32) throws(GrammarError) -> ByteAutomaton? {
    _ = try number(ofClosure: [start], isStart: true)
    var next = 0
    while next < subsets.count {
      for targets in try targetsByClass(of: subsets[next]) {
        transitions.append(targets.isEmpty ? -1 : try number(ofClosure: targets, isStart: false))
      }
      next += 1
    }
    return ByteAutomaton(
      classes: classes,
      classCount: classCount,
      transitions: transitions,
      isAccepting: isAccepting
    )
  }

  private mutating func targetsByClass(of subset: [Int32]) throws(GrammarError) -> [[Int32]] {
    var targets: [[Int32]] = Array(repeating: [], count: classCount)
    for node in subset {
      for move in nfa.nodes[Int(node)].moves {
        let columns = Int(classes[Int(move.lower)])...Int(classes[Int(move.upper)])
        try spend(columns.count)
        for column in columns { targets[column].append(move.target) }
      }
    }
    return targets
  }

  private mutating func number(ofClosure nodes: [Int32], isStart: Bool) throws(GrammarError) -> Int32 {
    var closure = try reach(nodes) { $0 == .always || isStart && $0 == .atStart }
    let ends = try reach(closure) { isStart || $0 != .atStart }
    // Only nodes that read something tell two subsets apart; the rest is in `isAccepting`.
    closure.removeAll { nfa.nodes[Int($0)].moves.isEmpty }
    closure.sort()
    let subset = Subset(nodes: closure, isAccepting: ends.contains(accepting))
    if let number = numbers[subset] { return number }
    guard transitions.count <= Limits.automatonTransitions else {
      throw GrammarError.automatonTooLarge(limit: Limits.automatonTransitions)
    }
    guard subsets.count < Limits.automatonStates else {
      throw GrammarError.automatonTooLarge(limit: Limits.automatonStates)
    }
    let number = Int32(subsets.count)
    numbers[subset] = number
    subsets.append(closure)
    isAccepting.append(subset.isAccepting)
    return number
  }

  private mutating func reach(
    _ nodes: [Int32],
    through isOpen: (ByteNFA.Condition) -> Bool
  ) throws(GrammarError) -> [Int32] {
    closures += 1
    var reached: [Int32] = []
    for node in nodes where seen[Int(node)] != closures {
      seen[Int(node)] = closures
      reached.append(node)
    }
    var next = 0
    while next < reached.count {
      let moves = nfa.nodes[Int(reached[next])].emptyMoves
      try spend(1 + moves.count)
      for move in moves where seen[Int(move.target)] != closures && isOpen(move.condition) {
        seen[Int(move.target)] = closures
        reached.append(move.target)
      }
      next += 1
    }
    return reached
  }

  private mutating func spend(_ count: Int) throws(GrammarError) {
    steps += count
    guard steps <= Limits.constructionSteps else {
      throw GrammarError.automatonTooLarge(limit: Limits.constructionSteps)
    }
  }

  private static func byteClasses(of nfa: ByteNFA) -> (classes: [UInt8], count: Int) {
    var begins = Array(repeating: false, count: 257)
    for node in nfa.nodes {
      for move in node.moves {
        begins[Int(move.lower)] = true
        begins[Int(move.upper) + 1] = true
      }
    }
    var classes: [UInt8] = []
    var current = 0
    for byte in 0..<256 {
      if byte > 0 && begins[byte] { current += 1 }
      classes.append(UInt8(current))
    }
    return (classes, current + 1)
  }
}
