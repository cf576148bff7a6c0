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
    /// A file without decoder: tokens with a space between them.
    case join
  }

  private(set) var steps: [Step] = []

  init(_ section: JSONSection?) throws(TokenizerError) {
    guard let section else {
      steps = [.join]
      return
    }
    try append(section)
  }

  private mutating func append(_ section: JSONSection) throws(TokenizerError) {
    switch try section.type() {
    case "Sequence":
      for step in try section.array("decoders") { try append(step) }
    case "Replace":
      // Across a whole text a pattern could begin in one token and end in the next: no real file does that.
      guard !isFused else { throw section.unsupported("Replace after Fuse") }
      steps.append(
        .replace(pattern: try section.literalPattern("pattern"), content: Array(try section.string("content").utf8))
      )
    case "ByteFallback":
      guard !isFused else { throw section.unsupported("ByteFallback after Fuse") }
      steps.append(.byteFallback)
    case "Fuse": steps.append(.fuse)
    case "Strip": steps.append(try Self.strip(section))
    case let name: throw section.unsupported("the decoder “\(name)”")
    }
  }

  private var isFused: Bool {
    steps.contains { if case .fuse = $0 { true } else { false } }
  }

  private static func strip(_ section: JSONSection) throws(TokenizerError) -> Step {
    let content = try section.string("content")
    guard content.unicodeScalars.count == 1 else { throw section.malformed("“content” is not one character") }
    let start = try section.integer("start")
    let stop = try section.integer("stop")
    guard (0...1024).contains(start), (0...1024).contains(stop) else {
      throw section.malformed("“start” and “stop” are counts of at most 1024")
    }
    return .strip(content: Array(content.utf8), start: start, stop: stop)
  }
}
