internal import Synchronization

/// The tokens that a grammar allows in each of its states, for one vocabulary. Shared by all requests with the same
/// response format; what was computed once is found again.
package final class GrammarMasks: Sendable {
  package let grammar: Grammar
  package let vocabulary: TokenVocabulary
  private let masks: Mutex<BoundedCache<GrammarState, TokenMask>>
  private let profiles: Mutex<BoundedCache<ProfileKey, AutomatonProfile>>
  private let recordsExits: Bool

  private struct ProfileKey: Sendable, Hashable {
    var terminal: Int32
    var state: Int32
  }

  /// - Parameter cacheByteLimit: What finished masks may weigh, at most; parts of masks may weigh as much again.
  /// - Throws: When the vocabulary lacks a byte that the grammar needs.
  package init(
    grammar: Grammar,
    vocabulary: TokenVocabulary,
    cacheByteLimit: Int = 16 << 20
  ) throws(GrammarError) {
    try vocabulary.requireTokens(for: grammar)
    self.grammar = grammar
    self.vocabulary = vocabulary
    masks = Mutex(BoundedCache(byteLimit: cacheByteLimit))
    profiles = Mutex(BoundedCache(byteLimit: cacheByteLimit))
    recordsExits = !grammar.isSingleTerminal
  }

  package func makeConstraint() -> Constraint { Constraint(masks: self) }

  func mask(for state: GrammarState) -> TokenMask {
    let key = state.clamped(to: UInt32(vocabulary.trie.longestToken))
    if let mask = masks.withLock({ $0.value(for: key) { $0.byteCount } }) { return mask }
    // Computed outside the lock: two threads may do the same work once, none waits for milliseconds.
    let mask = computeMask(for: key)
    masks.withLock { $0.insert(mask, for: key, byteCount: mask.byteCount + key.byteCount) }
    return mask
  }

  private func computeMask(for state: GrammarState) -> TokenMask {
    var words = Array(repeating: 0 as UInt64, count: vocabulary.wordCount)
    if state.isAccepting { for token in vocabulary.endTokens { words.insert(token) } }
    var walk = ContinuationWalk(grammar: grammar, trie: vocabulary.trie)
    for reading in state.readings {
      switch grammar.terminals[Int(reading.terminal)] {
      case .string:
        if let string = reading.state.string { add(string, reading, &walk, to: &words) }
      case .automaton(let automaton):
        let profile = profile(of: automaton, ProfileKey(terminal: reading.terminal, state: reading.state.number))
        profile.mask.unite(into: &words)
        walk.enter(reading)
        for node in profile.exits { walk.addTokens(below: Int(node), to: &words) }
      }
    }
    return TokenMask(words: words)
  }

  private func add(
    _ string: JSONString,
    _ reading: GrammarState.Reading,
    _ walk: inout ContinuationWalk,
    to words: inout [UInt64]
  ) {
    let profile = vocabulary.stringProfile(string.phase)
    for (index, word) in profile.mask(maximum: string.remaining.maximum).enumerated() { words[index] |= word }
    walk.enter(reading)
    let lengths = string.remaining.minimum...string.remaining.maximum
    for exit in profile.exits where lengths.contains(exit.codePoints) {
      vocabulary.trie.forEachToken(at: Int(exit.node)) { words.insert($0) }
      walk.addTokens(below: Int(exit.node), to: &words)
    }
  }

  private func profile(of automaton: ByteAutomaton, _ key: ProfileKey) -> AutomatonProfile {
    if let profile = profiles.withLock({ $0.value(for: key) { $0.byteCount } }) { return profile }
    let profile = AutomatonProfile(automaton, state: key.state, recordsExits: recordsExits, in: vocabulary)
    profiles.withLock { $0.insert(profile, for: key, byteCount: profile.byteCount) }
    return profile
  }
}

extension GrammarState {
  /// The same state for all tokens of at most `length` bytes: none of them can tell larger counts apart.
  fileprivate func clamped(to length: UInt32) -> GrammarState {
    var readings = readings
    for index in readings.indices {
      let remaining = readings[index].state.remaining
      readings[index].state.remaining.minimum = min(remaining.minimum, length + 1)
      if remaining.maximum > length { readings[index].state.remaining.maximum = StringLength.unbounded }
    }
    return GrammarState(readings: readings, isAccepting: isAccepting)
  }

  /// An estimate with the stack's frames.
  fileprivate var byteCount: Int {
    readings.reduce(64) { $0 + 48 + 48 * ($1.stack?.depth ?? 0) }
  }
}

extension [UInt64] {
  mutating func insert(_ token: Int) { self[token >> 6] |= 1 << UInt64(token & 63) }
}
