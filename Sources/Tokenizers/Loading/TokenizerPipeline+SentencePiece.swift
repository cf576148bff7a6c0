extension TokenizerPipeline {
  /// From a SentencePiece model. Control tokens written out in a text become their ids, as in Hugging Face's tokenizers
  /// made from such models; SentencePiece itself takes them for text.
  init(_ file: SentencePieceModel, _ configuration: TokenizerConfiguration, path: String) throws(TokenizerError) {
    let vocabulary = try Vocabulary(listing: file.pieces.lazy.map(\.text), path: path)
    let unknownID = file.pieces.firstIndex { $0.type == .unknown }
    self.init(
      vocabulary: vocabulary,
      addedTokens: file.addedTokens,
      normalizer: .sentencePiece(file.normalizer),
      model: file.kind == .unigram
        ? .unigram(file.unigram(vocabulary, unknownID)) : .bytePairEncoding(file.bytePairs(vocabulary, unknownID)),
      decoder: .sentencePiece(stripsPrefix: file.normalizer.addsDummyPrefix)
    )
    bosID = isControl(file, file.bosID) ? file.bosID : nil
    eosID = isControl(file, file.eosID) ? file.eosID : nil
    var configuration = configuration
    // The two families in use: Llama's and Mistral's begin a text with BOS, T5's end it with EOS.
    if configuration.addsBOS == nil, file.kind == .bytePairs { configuration.addsBOS = true }
    if configuration.addsEOS == nil, configuration.tokenizerClass == "T5Tokenizer" { configuration.addsEOS = true }
    try add(configuration.addedTokens.map(Self.forNormalizedText), path: "added_tokens_decoder")
    apply(configuration)
  }

  private func isControl(_ file: SentencePieceModel, _ id: Int) -> Bool {
    file.pieces.indices.contains(id) && file.pieces[id].type == .control
  }

  /// Tokens that are looked for in normalised text stand there with `▁` for spaces.
  private static func forNormalizedText(_ token: AddedToken) -> AddedToken {
    var token = token
    token.normalizedContent = token.normalizedContent.map {
      $0.replacing(literal: [0x20], with: SentencePieceNormalizer.spaceSymbol)
    }
    return token
  }
}

extension SentencePieceModel {
  fileprivate var addedTokens: [AddedToken] {
    pieces.enumerated().compactMap { id, piece in
      guard !piece.text.isEmpty else { return nil }
      return switch piece.type {
      case .control, .unknown: AddedToken(id: id, content: piece.text)
      case .userDefined:
        AddedToken(id: id, content: piece.text, isSpecial: false, normalizedContent: piece.text)
      case .normal, .unused, .byte: nil
      }
    }
  }

  /// Neighbours merge where they spell a piece, that of the highest score first.
  fileprivate func bytePairs(_ vocabulary: Vocabulary, _ unknownID: Int?) -> BytePairEncoding {
    let mergeable = pieces.map { $0.type == .normal || $0.type == .userDefined || $0.type == .unused }
    let scores = Set(zip(pieces, mergeable).filter(\.1).map(\.0.score)).sorted(by: >)
    let ranks = Dictionary(zip(scores, 0..<UInt32(scores.count))) { first, _ in first }
    let rules = MergeRules(cutting: vocabulary) { mergeable[$0] ? ranks[pieces[$0].score] : nil }
    let settings = BytePairEncoding.Settings(
      unknownID: unknownID.map(UInt32.init),
      fusesUnknown: true,
      fallsBackToBytes: fallsBackToBytes
    )
    return BytePairEncoding(vocabulary, rules, settings, takesBytes: false)
  }

  fileprivate func unigram(_ vocabulary: Vocabulary, _ unknownID: Int?) -> Unigram {
    Unigram(
      vocabulary,
      scores: pieces.map { $0.type == .normal || $0.type == .userDefined ? Double($0.score) : nil },
      unknownID: unknownID,
      fallsBackToBytes: fallsBackToBytes,
      roundsToFloat: true
    )
  }
}
