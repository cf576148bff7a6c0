internal import Synchronization

/// The tokens of a tokenizer as bytes of text, made ready for masking. Built once for each tokenizer.
package final class TokenVocabulary: Sendable {
  package let count: Int
  /// The tokens that end an answer.
  package let endTokens: [Int]
  let trie: VocabularyTrie
  /// All bytes of all tokens, one after the other.
  private let text: [UInt8]
  private let textStarts: [Int32]
  /// Whether a byte is a token by itself.
  private let hasToken: [Bool]
  private let stringProfiles = Mutex<[JSONString.Phase: StringProfile]>([:])

  /// - Parameters:
  ///   - tokens: What each id adds to the text; empty for special tokens and gaps, which are never allowed.
  ///   - endTokens: Allowed exactly where the text is complete, whatever bytes they have.
  package init(tokens: [[UInt8]], endTokens: Set<Int>) {
    count = tokens.count
    self.endTokens = endTokens.filter { tokens.indices.contains($0) }.sorted()
    trie = VocabularyTrie(tokens, excluding: endTokens)
    text = Array(tokens.joined())
    var start: Int32 = 0
    textStarts =
      [0]
      + tokens.map { token in
        start += Int32(token.count)
        return start
      }
    var hasToken = Array(repeating: false, count: 256)
    for (id, token) in tokens.enumerated() where token.count == 1 && !endTokens.contains(id) {
      hasToken[Int(token[0])] = true
    }
    self.hasToken = hasToken
  }

  /// Words of a mask.
  package var wordCount: Int { (count + 63) / 64 }

  func bytes(of token: Int) -> ArraySlice<UInt8> {
    guard token >= 0 && token < count else { return [] }
    return text[Int(textStarts[token])..<Int(textStarts[token + 1])]
  }

  /// With every byte of the grammar a token, whatever bytes may follow can be spelt: no answer gets stuck.
  func requireTokens(for grammar: Grammar) throws(GrammarError) {
    for terminal in grammar.terminals {
      if let byte = terminal.alphabet.first(where: { !hasToken[Int($0)] }) { throw .missingToken(byte: byte) }
    }
  }

  /// Shared by all strings of all grammars.
  func stringProfile(_ phase: JSONString.Phase) -> StringProfile {
    if let known = stringProfiles.withLock({ $0[phase] }) { return known }
    let profile = StringProfile(phase, in: self)
    return stringProfiles.withLock { profiles in
      // Another thread may have been faster: one profile, whose masks are then shared.
      if let known = profiles[phase] { return known }
      profiles[phase] = profile
      return profile
    }
  }
}
