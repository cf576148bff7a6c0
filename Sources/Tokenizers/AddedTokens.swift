import JSON

/// Tokens that are cut out of the text before the model sees it: special tokens and others added after training.
struct AddedTokens: Sendable {
  struct AddedToken: Sendable {
    let id: Int
    let content: [UInt8]
    let isSpecial: Bool
    /// Matches only where no word goes on at either side.
    let isSingleWord: Bool
    let stripsLeft: Bool
    let stripsRight: Bool
    /// Looked for in the normalised text rather than in the original one.
    let isNormalized: Bool
  }

  enum Segment: Equatable {
    case token(Int)
    case text(ArraySlice<UInt8>)
  }

  private static let contentByteLimit = 4096

  let tokens: [AddedToken]
  private let original: TokenTrie
  private let normalized: TokenTrie

  /// Also adds the tokens to `vocabulary`.
  init(
    _ section: JSONSection?,
    _ vocabulary: inout Vocabulary,
    normalizer: Normalizer
  ) throws(TokenizerError) {
    var tokens: [AddedToken] = []
    for entry in try section?.elements() ?? [] {
      let token = try Self.token(entry)
      try vocabulary.insert(try entry.string("content"), id: token.id, at: entry)
      tokens.append(token)
    }
    self.tokens = tokens
    original = TokenTrie(tokens.indices.filter { !tokens[$0].isNormalized }.map { ($0, tokens[$0].content) })
    normalized = TokenTrie(
      tokens.indices.filter { tokens[$0].isNormalized }.map { ($0, normalizer.normalize(tokens[$0].content)) }
    )
  }

  private static func token(_ entry: JSONSection) throws(TokenizerError) -> AddedToken {
    let content = Array(try entry.string("content").utf8)
    guard (1...contentByteLimit).contains(content.count) else {
      throw entry.malformed("an added token has \(content.count) bytes; 1 to \(contentByteLimit) are allowed")
    }
    let isSpecial = try entry.bool("special", absent: false)
    return AddedToken(
      id: try entry.integer("id"),
      content: content,
      isSpecial: isSpecial,
      isSingleWord: try entry.bool("single_word", absent: false),
      stripsLeft: try entry.bool("lstrip", absent: false),
      stripsRight: try entry.bool("rstrip", absent: false),
      isNormalized: try entry.bool("normalized", absent: !isSpecial)
    )
  }

  /// Whether a token takes white space around it, any amount of it.
  var strips: Bool { tokens.contains { $0.stripsLeft || $0.stripsRight } }

  func split(_ text: [UInt8], normalized isNormalized: Bool) -> [Segment] {
    let trie = isNormalized ? normalized : original
    guard !trie.isEmpty else { return text.isEmpty ? [] : [.text(text[...])] }
    var segments: [Segment] = []
    var textStart = 0
    var position = 0
    while position < text.count {
      guard let match = trie.longestMatch(in: text, at: position) else {
        position += 1
        continue
      }
      let token = tokens[match.index]
      position = match.end
      let range = match.end - match.length..<match.end
      if token.isSingleWord && Self.touchesWord(range, in: text) { continue }
      let start =
        token.stripsLeft ? max(Self.spaceStart(before: range.lowerBound, in: text), textStart) : range.lowerBound
      if textStart < start { segments.append(.text(text[textStart..<start])) }
      segments.append(.token(token.id))
      textStart = token.stripsRight ? Self.spaceEnd(after: range.upperBound, in: text) : range.upperBound
      position = max(position, textStart)
    }
    if textStart < text.count { segments.append(.text(text[textStart...])) }
    return segments
  }

  private static func touchesWord(_ range: Range<Int>, in text: [UInt8]) -> Bool {
    let before = UTF8Scalars.last(of: text[..<range.lowerBound])
    let after = UTF8Scalars.first(of: text[range.upperBound...])
    return before.map(isWord) ?? false || after.map(isWord) ?? false
  }

  /// The class `\w` of Unicode regular expressions (UTS #18, annex C).
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    return switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
    default: properties.isAlphabetic || properties.isJoinControl
    }
  }

  private static func spaceStart(before end: Int, in text: [UInt8]) -> Int {
    var start = end
    while let scalar = UTF8Scalars.last(of: text[..<start]), scalar.properties.isWhitespace {
      start -= String(scalar).utf8.count
    }
    return start
  }

  private static func spaceEnd(after start: Int, in text: [UInt8]) -> Int {
    var end = start
    while let scalar = UTF8Scalars.first(of: text[end...]), scalar.properties.isWhitespace {
      end += String(scalar).utf8.count
    }
    return end
  }
}
