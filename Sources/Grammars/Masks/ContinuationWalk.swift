/// Follows the rest of tokens that begin in one terminal and go on after it, byte by byte through the whole grammar.
/// States met on the way are kept, so that tokens with the same rest share the work.
struct ContinuationWalk {
  private let grammar: Grammar
  private let trie: VocabularyTrie
  private var states: [GrammarState] = []
  private var numbers: [GrammarState: Int32] = [:]
  /// `[states, 256]`; `unknown` before the first use, `dead` where the language ends.
  private var steps: [Int32] = []
  private var entry: Int32?

  private static let unknown: Int32 = -2
  private static let dead: Int32 = -1

  init(grammar: Grammar, trie: VocabularyTrie) {
    self.grammar = grammar
    self.trie = trie
  }

  /// Begins where the terminal of `reading` is complete.
  mutating func enter(_ reading: GrammarState.Reading) {
    let state = GrammarState(entering: reading.after, stack: reading.stack, in: grammar)
    entry = state.readings.isEmpty ? nil : number(of: state)
  }

  mutating func addTokens(below node: Int, to words: inout [UInt64]) {
    guard let entry else { return }
    let range = trie.children(of: node)
    guard !range.isEmpty else { return }
    let base = Int(trie.depths[range.lowerBound])
    var path = [entry]
    var node = range.lowerBound
    while node < range.upperBound {
      path.removeLast(path.count - 1 - (Int(trie.depths[node]) - base))
      let next = step(path[path.count - 1], trie.bytes[node])
      guard next != Self.dead else {
        node = Int(trie.ends[node])
        continue
      }
      trie.forEachToken(at: node) { words.insert($0) }
      path.append(next)
      node += 1
    }
  }

  private mutating func step(_ state: Int32, _ byte: UInt8) -> Int32 {
    let index = Int(state) << 8 | Int(byte)
    if steps[index] != Self.unknown { return steps[index] }
    let next = states[Int(state)].advanced(by: byte, in: grammar)
    let number = next.isDead ? Self.dead : number(of: next)
    steps[index] = number
    return number
  }

  private mutating func number(of state: GrammarState) -> Int32 {
    if let number = numbers[state] { return number }
    let number = Int32(states.count)
    numbers[state] = number
    states.append(state)
    steps.append(contentsOf: repeatElement(Self.unknown, count: 256))
    return number
  }
}
