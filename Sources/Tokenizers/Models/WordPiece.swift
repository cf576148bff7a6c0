import JSON

/// A word as its longest tokens from left to right, all but the first spelled with a prefix; one unknown token if that
/// fails. Schuster and Nakajima 2012, "Japanese and Korean Voice Search"; BERT.
struct WordPiece: Sendable {
  private let tokens: TokenTrie
  /// The node of `tokens` after the prefix; nil if no token has it.
  private let continuation: UInt32?
  private let unknownID: Int
  private let longestWord: Int

  /// - Parameters:
  ///   - prefix: what tokens inside of words begin with.
  ///   - longestWord: words of more scalars are unknown.
  init(_ vocabulary: Vocabulary, unknownID: Int, prefix: [UInt8] = Array("##".utf8), longestWord: Int = 100) {
    var tokens = TokenTrie()
    for (id, token) in vocabulary.entries { tokens.insert(token, index: id) }
    self.tokens = tokens
    continuation = tokens.node(after: prefix)
    self.unknownID = unknownID
    self.longestWord = longestWord
  }

  init(_ section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) {
    guard let unknownID = try section.unknownID(in: vocabulary) else { throw section.malformed("unk_token is missing") }
    self.init(
      vocabulary,
      unknownID: unknownID,
      prefix: Array((try section.optionalString("continuing_subword_prefix") ?? "##").utf8),
      longestWord: try section.optionalSection("max_input_chars_per_word")?.asInteger() ?? 100
    )
  }

  func tokenize(_ text: Span<UInt8>, _ word: Range<Int>, _ scratch: inout EncodingScratch, into ids: inout [Int]) {
    guard let key = WordCache.key(text, word) else { return match(text, word, into: &ids) }
    if scratch.cache.append(key, to: &ids) { return }
    let start = ids.count
    match(text, word, into: &ids)
    scratch.cache.insert(key, ids[start...])
  }

  private func match(_ text: Span<UInt8>, _ word: Range<Int>, into ids: inout [Int]) {
    let count = ids.count
    var node = isTooLong(text, word) ? nil : Optional(TokenTrie.root)
    var position = word.lowerBound
    while position < word.upperBound {
      guard let start = node,
        let match = tokens.longestMatch(in: text, position..<word.upperBound, from: start)
      else {
        ids.removeSubrange(count...)
        ids.append(unknownID)
        return
      }
      ids.append(match.index)
      position = match.end
      node = continuation
    }
  }

  private func isTooLong(_ text: Span<UInt8>, _ word: Range<Int>) -> Bool {
    guard word.count > longestWord else { return false }
    return word.count { text[$0] & 0xc0 != 0x80 } > longestWord
  }
}
