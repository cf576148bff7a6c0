/// Cuts added tokens out of texts.
struct AddedTokens: Sendable {
  enum Segment: Equatable {
    case token(Int)
    case text(Range<Int>)
  }

  let tokens: [AddedToken]
  private let original: TokenTrie
  private let normalized: TokenTrie

  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    original = TokenTrie(tokens.indices.filter { tokens[$0].normalizedContent == nil }.map { ($0, tokens[$0].content) })
    normalized = TokenTrie(
      tokens.indices.compactMap { index in tokens[index].normalizedContent.map { (index, $0) } }
    )
  }

  /// Whether a token takes white space around it, any amount of it.
  var strips: Bool { tokens.contains { $0.stripsLeft || $0.stripsRight } }

  func split(_ text: [UInt8], normalized isNormalized: Bool) -> [Segment] {
    let trie = isNormalized ? normalized : original
    guard !trie.isEmpty else { return text.isEmpty ? [] : [.text(0..<text.count)] }
    let span = text.span
    var segments: [Segment] = []
    var textStart = 0
    var position = 0
    while position < span.count {
      guard trie.canStart(with: span[position]),
        let match = trie.longestMatch(in: span, position..<span.count)
      else {
        position += 1
        continue
      }
      let token = tokens[match.index]
      let range = position..<match.end
      position = match.end
      if token.isSingleWord && Self.touchesWord(range, in: span) { continue }
      let start =
        token.stripsLeft ? max(Self.spaceStart(before: range.lowerBound, in: span), textStart) : range.lowerBound
      if textStart < start { segments.append(.text(textStart..<start)) }
      segments.append(.token(token.id))
      textStart = token.stripsRight ? Self.spaceEnd(after: range.upperBound, in: span) : range.upperBound
      position = max(position, textStart)
    }
    if textStart < text.count { segments.append(.text(textStart..<text.count)) }
    return segments
  }

  private static func touchesWord(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
    let before = UTF8Scalars.readLast(text, 0..<range.lowerBound)?.value
    let rest = range.upperBound..<text.count
    let after = rest.isEmpty ? nil : UTF8Scalars.read(text, rest).value
    return [before, after].contains { $0.map { CharacterClasses.of($0).contains(.word) } ?? false }
  }

  private static func spaceStart(before end: Int, in text: Span<UInt8>) -> Int {
    var start = end
    while let scalar = UTF8Scalars.readLast(text, 0..<start), CharacterClasses.of(scalar.value).contains(.space) {
      start = scalar.start
    }
    return start
  }

  private static func spaceEnd(after start: Int, in text: Span<UInt8>) -> Int {
    var end = start
    while end < text.count {
      let scalar = UTF8Scalars.read(text, end..<text.count)
      guard CharacterClasses.of(scalar.value).contains(.space) else { break }
      end = scalar.end
    }
    return end
  }
}
