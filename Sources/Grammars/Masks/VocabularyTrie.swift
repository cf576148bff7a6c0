/// The tokens of a vocabulary as a byte trie in flat arrays. Nodes are numbered in depth-first order, so that a walk is
/// a loop and a subtree a range. The root is not a node: the walk begins before node 0.
struct VocabularyTrie: Sendable {
  /// The byte that leads to a node.
  private(set) var bytes: [UInt8] = []
  /// Bytes from the root to a node, at least 1.
  private(set) var depths: [Int32] = []
  /// The first node after a node's subtree.
  private(set) var ends: [Int32] = []
  /// `tokens[tokenStarts[n]..<tokenStarts[n + 1]]` end in node n: several where bytes repeat.
  private(set) var tokenStarts: [Int32] = [0]
  private(set) var tokens: [Int32] = []
  private(set) var longestToken = 0

  var nodeCount: Int { bytes.count }

  /// Tokens without bytes are left out.
  init(_ vocabulary: [[UInt8]], excluding excluded: Set<Int>) {
    let order = Self.sorted(vocabulary, excluding: excluded)
    var path: [Int] = []
    var previous: [UInt8] = []
    for id in order {
      let token = vocabulary[id]
      let common = zip(previous, token).prefix { $0 == $1 }.count
      close(&path, downTo: common)
      for byte in token[common...] {
        path.append(bytes.count)
        bytes.append(byte)
        depths.append(Int32(path.count))
        ends.append(0)
        tokenStarts.append(Int32(tokens.count))
      }
      tokens.append(Int32(id))
      tokenStarts[tokenStarts.count - 1] = Int32(tokens.count)
      longestToken = max(longestToken, token.count)
      previous = token
    }
    close(&path, downTo: 0)
  }

  private mutating func close(_ path: inout [Int], downTo depth: Int) {
    while path.count > depth {
      ends[path.removeLast()] = Int32(bytes.count)
    }
  }

  /// Most tokens differ in their first eight bytes: one comparison of integers instead of one of arrays.
  private static func sorted(_ vocabulary: [[UInt8]], excluding excluded: Set<Int>) -> [Int] {
    var keys: [(head: UInt64, id: Int)] = []
    for (id, token) in vocabulary.enumerated() where !token.isEmpty && !excluded.contains(id) {
      var head: UInt64 = 0
      for (index, byte) in token.prefix(8).enumerated() { head |= UInt64(byte) << UInt64(56 - 8 * index) }
      keys.append((head, id))
    }
    keys.sort { left, right in
      if left.head != right.head { return left.head < right.head }
      return vocabulary[left.id].lexicographicallyPrecedes(vocabulary[right.id])
    }
    return keys.map(\.id)
  }

  /// The nodes below `node`.
  func children(of node: Int) -> Range<Int> { node + 1..<Int(ends[node]) }

  @inline(__always)
  func forEachToken(at node: Int, _ body: (Int) -> Void) {
    var index = Int(tokenStarts[node])
    let end = Int(tokenStarts[node + 1])
    while index < end {
      body(Int(tokens[index]))
      index += 1
    }
  }

  /// Follows the subtrees of `range` as long as `step` has an answer; visits each node that is reached.
  @inline(__always)
  func walk<State>(
    _ range: Range<Int>,
    from state: State,
    step: (State, UInt8) -> State?,
    visit: (Int, State) -> Void
  ) {
    guard !range.isEmpty else { return }
    let (bytes, depths, ends) = (bytes.span, depths.span, ends.span)
    let base = Int(depths[range.lowerBound])
    var states = Array(repeating: state, count: longestToken + 2 - base)
    var node = range.lowerBound
    while node < range.upperBound {
      let depth = Int(depths[node]) - base
      if let next = step(states[depth], bytes[node]) {
        states[depth + 1] = next
        visit(node, next)
        node += 1
      } else {
        node = Int(ends[node])
      }
    }
  }
}
