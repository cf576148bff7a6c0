/// A token that is cut out of the text before the model sees it: a special one, or one added after training.
struct AddedToken: Sendable {
  let id: Int
  let content: [UInt8]
  var isSpecial = true
  /// Matches only where no word goes on at either side.
  var isSingleWord = false
  var stripsLeft = false
  var stripsRight = false
  /// What is looked for in the normalised text; nil for a token that is looked for in the original one, as `content`.
  var normalizedContent: [UInt8]?
}

extension AddedToken {
  private static let contentByteLimit = 4096

  /// One of `added_tokens` of tokenizer.json, or of `added_tokens_decoder` of tokenizer_config.json under its id.
  init(_ entry: JSONSection, id: Int? = nil, normalizer: Normalizer) throws(TokenizerError) {
    content = Array(try entry.string("content").utf8)
    guard (1...Self.contentByteLimit).contains(content.count) else {
      throw entry.malformed("an added token has \(content.count) bytes; 1 to \(Self.contentByteLimit) are allowed")
    }
    self.id = if let id { id } else { try entry.integer("id") }
    isSpecial = try entry.bool("special", absent: false)
    isSingleWord = try entry.bool("single_word", absent: false)
    stripsLeft = try entry.bool("lstrip", absent: false)
    stripsRight = try entry.bool("rstrip", absent: false)
    normalizedContent =
      try entry.bool("normalized", absent: !isSpecial) ? normalizer.normalize(content) : nil
  }
}
