/// A nondeterministic automaton over bytes, built by appending (Thompson 1968), with the conditions of `^` and `$`.
struct ByteNFA {
  struct Move: Hashable {
    var lower: UInt8
    var upper: UInt8
    var target: Int32
  }

  enum Condition: Hashable {
    case always, atStart, atEnd
  }

  struct EmptyMove: Hashable {
    var condition: Condition
    var target: Int32
  }

  struct Node {
    var moves: [Move] = []
    var emptyMoves: [EmptyMove] = []
  }

  private(set) var nodes: [Node] = []
  private var steps = 0

  init() {}

  /// Elementary work, also such that makes no node: nested repetitions of nothing.
  mutating func spend(_ count: Int = 1) throws(GrammarError) {
    steps += count
    guard steps <= Limits.constructionSteps else {
      throw GrammarError.automatonTooLarge(limit: Limits.constructionSteps)
    }
  }

  mutating func makeNode() throws(GrammarError) -> Int32 {
    guard nodes.count < Limits.nondeterministicStates else {
      throw GrammarError.automatonTooLarge(limit: Limits.nondeterministicStates)
    }
    nodes.append(Node())
    return Int32(nodes.count - 1)
  }

  mutating func connect(_ source: Int32, to target: Int32, when condition: Condition = .always) {
    nodes[Int(source)].emptyMoves.append(EmptyMove(condition: condition, target: target))
  }

  mutating func connect(_ source: Int32, to target: Int32, on range: ClosedRange<UInt8>) {
    nodes[Int(source)].moves.append(Move(lower: range.lowerBound, upper: range.upperBound, target: target))
  }

  /// Reads exactly `bytes` from `source`; returns where that ends.
  mutating func append(_ bytes: some Sequence<UInt8>, from source: Int32) throws(GrammarError) -> Int32 {
    var node = source
    for byte in bytes {
      let next = try makeNode()
      connect(node, to: next, on: byte...byte)
      node = next
    }
    return node
  }
}
