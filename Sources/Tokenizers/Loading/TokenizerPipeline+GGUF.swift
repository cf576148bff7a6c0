extension TokenizerPipeline {
  init(_ gguf: GGUFVocabulary) throws(TokenizerError) {
    switch gguf.model {
    case "gpt2": try self.init(bytePairs: gguf)
    case "llama", "t5": try self.init(gguf.sentencePieceModel(), TokenizerConfiguration(), path: gguf.path("tokens"))
    case "bert": try self.init(wordPieces: gguf)
    case let name: throw .unsupported(path: gguf.path("model"), name: "the GGUF vocabulary “\(name)”")
    }
    bosID = try gguf.checked(gguf.bosID, "bos_token_id") ?? bosID
    eosID = try gguf.checked(gguf.eosID, "eos_token_id") ?? eosID
    postProcessor = PostProcessor()
    let last = gguf.model == "bert" ? try gguf.checked(gguf.separatorID, "seperator_token_id") ?? eosID : eosID
    if gguf.addsBOS ?? gguf.addsBOSByDefault, let bosID { postProcessor.prefix = [bosID] }
    if gguf.addsEOS ?? (gguf.model == "t5" || gguf.model == "bert"), let last { postProcessor.suffix = [last] }
  }

  private init(bytePairs gguf: GGUFVocabulary) throws(TokenizerError) {
    let vocabulary = try Vocabulary(listing: gguf.tokens, path: gguf.path("tokens"))
    let rules = try MergeRules(lines: gguf.merges.map { $0[...] }, vocabulary, path: gguf.path("merges"))
    let cutting = try gguf.bytePairCutting()
    let settings = BytePairEncoding.Settings(ignoresMerges: cutting.ignoresMerges)
    self.init(
      vocabulary: vocabulary,
      addedTokens: try gguf.addedTokens(),
      normalizer: cutting.normalizer,
      preTokenizer: cutting.preTokenizer,
      model: .bytePairEncoding(BytePairEncoding(vocabulary, rules, settings, takesBytes: true)),
      decoder: TokenDecoder([.byteLevel])
    )
  }

  private init(wordPieces gguf: GGUFVocabulary) throws(TokenizerError) {
    let symbol = SentencePieceNormalizer.spaceSymbol
    // GGUF marks the tokens that begin a word, BERT those that do not.
    let tokens = gguf.tokens.indices.map { id in
      let token = gguf.tokens[id]
      if token.starts(with: symbol) { return Array(token.dropFirst(symbol.count)) }
      return gguf.type(of: id) == .control || gguf.type(of: id) == .unknown ? token : Array("##".utf8) + token
    }
    var configuration = TokenizerConfiguration()
    if let unknownID = try gguf.checked(gguf.unknownID, "unknown_token_id") {
      configuration.unknownToken = String(decoding: tokens[unknownID], as: UTF8.self)
    }
    let path = gguf.path("tokens")
    try self.init(bert: try Vocabulary(listing: tokens, path: path), configuration, path: path)
  }
}

extension GGUFVocabulary {
  func path(_ key: String) -> String { "tokenizer.ggml.\(key)" }

  func bytePairCutting() throws(TokenizerError) -> BytePairCutting {
    let name = preTokenizer ?? "gpt-2"
    guard let cutting = BytePairCutting(name: name) else {
      throw .unsupported(path: path("pre"), name: "the GGUF pre-tokenizer “\(name)”")
    }
    return cutting
  }

  /// Llama 3's vocabulary says by its name what others leave unsaid.
  var addsBOSByDefault: Bool {
    model == "llama" || model == "bert" || ["llama-bpe", "llama3", "llama-v3"].contains(preTokenizer)
  }

  fileprivate func type(of id: Int) -> SentencePieceModel.PieceType? {
    tokenTypes.indices.contains(id) ? SentencePieceModel.PieceType(rawValue: tokenTypes[id]) : .normal
  }

  func checked(_ id: Int?, _ key: String) throws(TokenizerError) -> Int? {
    guard let id else { return nil }
    guard tokens.indices.contains(id) else {
      throw .malformed(path: path(key), problem: "no token has the id \(id)")
    }
    return id
  }

  func addedTokens() throws(TokenizerError) -> [AddedToken] {
    var added: [AddedToken] = []
    for id in tokens.indices where !tokens[id].isEmpty {
      guard let type = type(of: id), type == .control || type == .userDefined || type == .unknown else { continue }
      guard String(validating: tokens[id], as: UTF8.self) != nil else {
        throw .malformed(path: path("tokens"), problem: "the special token \(id) is not UTF-8")
      }
      added.append(AddedToken(id: id, content: tokens[id], isSpecial: type != .userDefined))
    }
    return added
  }

  /// The same vocabulary as SentencePiece stores it, which is where llama.cpp has it from.
  func sentencePieceModel() throws(TokenizerError) -> SentencePieceModel {
    guard scores.count == tokens.count, tokenTypes.count == tokens.count else {
      throw .malformed(
        path: path("scores"),
        problem: "\(tokens.count) tokens have \(scores.count) scores and \(tokenTypes.count) types"
      )
    }
    var model = SentencePieceModel(kind: self.model == "t5" ? .unigram : .bytePairs, pieces: [])
    for id in tokens.indices {
      guard let type = type(of: id), scores[id].isFinite, String(validating: tokens[id], as: UTF8.self) != nil else {
        throw .malformed(path: path("tokens"), problem: "the token \(id) has an unknown type, no score or is not UTF-8")
      }
      model.pieces.append(SentencePieceModel.Piece(text: tokens[id], score: scores[id], type: type))
    }
    model.fallsBackToBytes = tokenTypes.contains(SentencePieceModel.PieceType.byte.rawValue)
    model.normalizer.addsDummyPrefix = addsSpacePrefix ?? true
    model.normalizer.removesExtraSpace = removesExtraWhitespace ?? false
    if !charactersMap.isEmpty {
      model.normalizer.map = try CharactersMap(charactersMap, path: path("precompiled_charsmap"))
    }
    return model
  }
}
