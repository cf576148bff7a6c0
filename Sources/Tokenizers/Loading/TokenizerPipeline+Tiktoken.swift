/// Vocabularies as tiktoken stores them: a line `base64 rank` for each token, and nothing else; merges follow from ranks.
extension TokenizerPipeline {
  static let tiktokenPath = "tokenizer.model"
  private static let llama3RankCount = 128_000

  /// Whether a tokenizer.model looks like lines of base64 rather than like SentencePiece's protobuf.
  static func isTiktoken(_ file: [UInt8]) -> Bool {
    guard let line = file.prefix(4096).split(separator: 0x0a).first else { return false }
    let parts = line.split(separator: 0x20)
    return parts.count == 2 && Base64.decode(parts[0]) != nil && number(parts[1]) != nil
  }

  /// From ranks as Llama 3 has them; its special tokens stand behind the ranks, and its expression cuts text.
  init(tiktoken file: [UInt8], _ configuration: TokenizerConfiguration) throws(TokenizerError) {
    let path = Self.tiktokenPath
    let ranks = try Self.ranks(file)
    var plain = Vocabulary()
    var vocabulary = Vocabulary()
    for (token, rank) in ranks {
      try plain.insert(token, id: rank, at: path)
      try vocabulary.insert(ByteAlphabet.spell(token), id: rank, at: path)
    }
    let specialTokens = configuration.addedTokens.isEmpty ? Self.llama3SpecialTokens : configuration.addedTokens
    guard !configuration.addedTokens.isEmpty || vocabulary.size == Self.llama3RankCount else {
      throw .unsupported(
        path: path,
        name: "\(vocabulary.size) tiktoken ranks without “added_tokens_decoder” in tokenizer_config.json"
      )
    }
    let rules = MergeRules(cutting: plain) { UInt32($0) }
    let settings = BytePairEncoding.Settings(ignoresMerges: true)
    self.init(
      vocabulary: vocabulary,
      preTokenizer: .scan(.cl100k(digits: 3)),
      model: .bytePairEncoding(BytePairEncoding(vocabulary, rules, settings, takesBytes: true)),
      decoder: TokenDecoder([.byteLevel])
    )
    try add(specialTokens, path: path)
    var configuration = configuration
    configuration.bosToken = configuration.bosToken ?? "<|begin_of_text|>"
    configuration.eosToken = configuration.eosToken ?? "<|end_of_text|>"
    configuration.addsBOS = configuration.addsBOS ?? true
    apply(configuration)
  }

  private static func ranks(_ file: [UInt8]) throws(TokenizerError) -> [(token: [UInt8], rank: Int)] {
    var ranks: [(token: [UInt8], rank: Int)] = []
    for (index, line) in file.split(separator: 0x0a).enumerated() {
      let parts = line.split(separator: 0x20)
      guard parts.count == 2, let token = Base64.decode(parts[0]), !token.isEmpty, let rank = number(parts[1]) else {
        throw .malformed(path: tiktokenPath, problem: "line \(index + 1) is not a token in base64 and its rank")
      }
      ranks.append((token, rank))
    }
    return ranks
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: digits.last == 0x0d ? digits.dropLast() : digits, as: UTF8.self))
  }

  /// The 256 tokens behind the ranks, as Hugging Face names them for Llama 3.1 and later.
  private static var llama3SpecialTokens: [AddedToken] {
    let named = [
      0: "begin_of_text", 1: "end_of_text", 4: "finetune_right_pad_id", 6: "start_header_id", 7: "end_header_id",
      8: "eom_id", 9: "eot_id", 10: "python_tag",
    ]
    var reservedCount = 0
    return (0..<256).map { offset in
      var name = named[offset]
      if name == nil {
        name = "reserved_special_token_\(reservedCount)"
        reservedCount += 1
      }
      return AddedToken(id: llama3RankCount + offset, content: Array("<|\(name ?? "")|>".utf8))
    }
  }
}
