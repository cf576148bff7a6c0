/// The shortest and the shallowest way from each state to the end of its rule.
struct GrammarCosts {
  private static let unreachable = Int.max / 4

  private(set) var bytes: [Int]
  private(set) var frames: [Int]
  /// The first step of the shortest way. Recorded at each improvement, so that no chain of them runs in a circle.
  private(set) var nearestEdges: [Grammar.Edge?]

  init(terminals: [Terminal], states: [[Grammar.Edge]], isFinal: [Bool]) {
    let lengths = terminals.map { $0.distance(from: $0.start) }
    bytes = isFinal.map { $0 ? 0 : Self.unreachable }
    frames = bytes
    nearestEdges = Array(repeating: nil, count: states.count)
    let isEnd = states.indices.map { isFinal[$0] && states[$0].isEmpty }
    // Rules are numbered in the order in which they are met, so one sweep from the end settles most; sweeps in both
    // directions in turn keep long chains of references from needing one each.
    var sweep = Array(states.indices.reversed())
    var changes = true
    while changes {
      changes = false
      for state in sweep {
        for edge in states[state] where relax(state, edge, lengths, isTailCall: isEnd[Int(edge.target)]) {
          changes = true
        }
      }
      sweep.reverse()
    }
  }

  func isFinishable(_ edge: Grammar.Edge) -> Bool {
    guard bytes[Int(edge.target)] < Self.unreachable else { return false }
    if case .call(let rule) = edge.symbol { return bytes[Int(rule)] < Self.unreachable }
    return true
  }

  private mutating func relax(_ state: Int, _ edge: Grammar.Edge, _ lengths: [Int], isTailCall: Bool) -> Bool {
    let target = Int(edge.target)
    let length: Int
    let depth: Int
    switch edge.symbol {
    case .terminal(let terminal):
      length = lengths[Int(terminal)] + bytes[target]
      depth = frames[target]
    case .call(let rule):
      length = bytes[Int(rule)] + bytes[target]
      depth = max(frames[Int(rule)] + (isTailCall ? 0 : 1), frames[target])
    }
    var isBetter = false
    if length < bytes[state] {
      bytes[state] = length
      nearestEdges[state] = edge
      isBetter = true
    }
    if depth < frames[state] {
      frames[state] = depth
      isBetter = true
    }
    return isBetter
  }
}
