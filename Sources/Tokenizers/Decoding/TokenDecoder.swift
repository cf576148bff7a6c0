import JSON

/// The last stage, tokens back to text: the steps of the `decoder` member of tokenizer.json.
struct TokenDecoder: Sendable {
  enum Step: Sendable {
    case replace(pattern: [UInt8], content: [UInt8])
    /// Tokens spelled `<0xE4>` become bytes; a run of them that is not UTF-8 becomes one U+FFFD a byte.
    case byteFallback
    /// What follows sees one text instead of tokens.
    case fuse
    /// Takes up to `start` and `stop` scalars equal to `content` from the two ends of each token.
    case strip(content: [UInt8], start: Int, stop: Int)
    /// Visible characters become the bytes that they spell, and the text one; what is not UTF-8 becomes U+FFFD.
    case byteLevel
    /// `symbol` becomes a space; `dropsFirst`: nothing, in the first token.
    case metaspace(symbol: [UInt8], dropsFirst: Bool)
    /// Tokens without `prefix` begin a word; `cleansUp`: no space before punctuation and English contractions.
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    /// `suffix` ends a word.
    case wordSuffix([UInt8])
    /// A file without decoder: tokens with a space between them.
    case join
  }

  let steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }

  init(_ section: JSONSection?) throws(TokenizerError) {
    guard let section else {
      steps = [.join]
      return
    }
    var steps: [Step] = []
    try Self.append(section, to: &steps)
    self.steps = steps
  }

  /// SentencePiece's: `▁` to spaces, byte tokens to bytes, and the space before the text away.
  static func sentencePiece(stripsPrefix: Bool) -> TokenDecoder {
    let symbol = SentencePieceNormalizer.spaceSymbol
    return TokenDecoder(
      [.replace(pattern: symbol, content: [0x20]), .byteFallback, .fuse]
        + (stripsPrefix ? [.strip(content: [0x20], start: 1, stop: 0)] : [])
    )
  }

  private static func append(_ section: JSONSection, to steps: inout [Step]) throws(TokenizerError) {
    let name = try section.type()
    if name == "Sequence" {
      for step in try section.array("decoders") { try append(step, to: &steps) }
      return
    }
    // Across a whole text a pattern could begin in one token and end in the next: no real file does that.
    let isFused = steps.contains(where: \.isFusing)
    if isFused, ["Replace", "ByteFallback", "ByteLevel", "WordPiece", "BPEDecoder"].contains(name) {
      throw section.unsupported("\(name) after Fuse or ByteLevel")
    }
    steps.append(try step(name, section))
  }

  private static func step(_ name: String, _ section: JSONSection) throws(TokenizerError) -> Step {
    switch name {
    case "Replace":
      guard case .literal(let pattern) = try section.pattern("pattern") else {
        throw section.unsupported("a decoder that replaces a regular expression")
      }
      return .replace(pattern: pattern, content: Array(try section.string("content").utf8))
    case "ByteFallback": return .byteFallback
    case "Fuse": return .fuse
    case "Strip": return try strip(section)
    case "ByteLevel": return .byteLevel
    case "Metaspace":
      let metaspace = try Metaspace(section)
      return .metaspace(symbol: metaspace.replacement, dropsFirst: metaspace.prepend != .never)
    case "WordPiece":
      return .wordPiece(
        prefix: Array((try section.optionalString("prefix") ?? "##").utf8),
        cleansUp: try section.bool("cleanup", absent: true)
      )
    case "BPEDecoder":
      let suffix = Array((try section.optionalString("suffix") ?? "</w>").utf8)
      guard !suffix.isEmpty else { throw section.malformed("“suffix” is empty") }
      return .wordSuffix(suffix)
    default: throw section.unsupported("the decoder “\(name)”")
    }
  }

  private static func strip(_ section: JSONSection) throws(TokenizerError) -> Step {
    let content = try section.character("content")
    let start = try section.integer("start")
    let stop = try section.integer("stop")
    guard (0...1024).contains(start), (0...1024).contains(stop) else {
      throw section.malformed("“start” and “stop” are counts of at most 1024")
    }
    return .strip(content: content, start: start, stop: stop)
  }

  /// What `token` adds to a text in the middle, where other tokens stand before and behind it.
  func bytesInsideText(of token: [UInt8]) -> [UInt8] {
    var bytes = token
    var isFused = false
    for step in steps {
      bytes = isFused ? bytes : step.bytesInsideText(of: bytes)
      isFused = isFused || step.isFusing
    }
    return bytes
  }
}

extension TokenDecoder.Step {
  fileprivate var isFusing: Bool {
    switch self {
    case .fuse, .byteLevel: true
    default: false
    }
  }

  fileprivate func bytesInsideText(of token: [UInt8]) -> [UInt8] {
    switch self {
    case .replace(let pattern, let content): token.replacing(literal: pattern, with: content)
    case .byteFallback: DecodingStep.byte(spelled: token).map { [$0] } ?? token
    case .fuse: token
    case .strip(let content, let start, let stop): DecodingStep.stripped(token, content, start, stop)
    case .byteLevel: ByteAlphabet.bytes(spelled: token[...]) ?? token
    case .metaspace(let symbol, _): token.replacing(literal: symbol, with: [0x20])
    case .wordPiece(let prefix, let cleansUp): DecodingStep.wordPiece(token, prefix, isFirst: false, cleansUp)
    case .wordSuffix(let suffix): token.replacing(literal: suffix, with: [0x20])
    case .join: [0x20] + token
    }
  }
}
