/// What the tokens do to a byte automaton in some state, whatever follows the terminal.
struct AutomatonProfile: Sendable {
  /// Tokens that stay inside.
  let mask: TokenMask
  /// Nodes of the trie where the terminal is complete and tokens go on.
  let exits: [Int32]

  /// - Parameter recordsExits: False where nothing can follow, as after an expression that is the whole grammar.
  init(_ automaton: ByteAutomaton, state: Int32, recordsExits: Bool, in vocabulary: TokenVocabulary) {
    var words = Array(repeating: 0 as UInt64, count: vocabulary.wordCount)
    var exits: [Int32] = []
    let trie = vocabulary.trie
    trie.walk(0..<trie.nodeCount, from: state) { state, byte in
      let next = automaton.step(state, byte)
      return next < 0 ? nil : next
    } visit: { node, state in
      trie.forEachToken(at: node) { words.insert($0) }
      if recordsExits && automaton.isAccepting[Int(state)] && !trie.children(of: node).isEmpty {
        exits.append(Int32(node))
      }
    }
    mask = TokenMask(words: words)
    self.exits = exits
  }

  var byteCount: Int { mask.byteCount + exits.count * 4 }
}
