import JSON

extension TokenizerPipeline {
  /// From tokenizer.json, whose post-processor alone says what is put around a text: `add_bos_token` and `add_eos_token`
  /// of the configuration are for files that have none. So `tokenizers` has it and transformers from version 5; version 4
  /// began texts with BOS where Llama's class was named, as Phi-3's configuration asks and its tokenizer.json does not.
  init(_ file: JSONSection, _ configuration: TokenizerConfiguration) throws(TokenizerError) {
    let modelSection = try file.section("model")
    let normalizer = try Normalizer(file: file)
    var preTokenizer = try PreTokenizer(try file.optionalSection("pre_tokenizer"))
    let withBytes = try TokenModel.canTakeBytes(modelSection) ? preTokenizer.withoutFinalByteLevel : nil
    if let withBytes { preTokenizer = withBytes }
    // The model sees its own tokens only, not the added ones.
    let (model, ownVocabulary) = try TokenModel.read(modelSection, takesBytes: withBytes != nil)
    var vocabulary = ownVocabulary
    var addedTokens: [AddedToken] = []
    if let section = try file.optionalSection("added_tokens") {
      for entry in try section.elements() {
        let token = try AddedToken(entry, normalizer: normalizer)
        try vocabulary.insert(token.content, id: token.id, at: entry.path)
        addedTokens.append(token)
      }
    }
    self.init(
      vocabulary: vocabulary,
      addedTokens: addedTokens,
      normalizer: normalizer,
      preTokenizer: preTokenizer,
      model: model,
      postProcessor: try PostProcessor(try file.optionalSection("post_processor"), vocabulary),
      decoder: try TokenDecoder(try file.optionalSection("decoder"))
    )
    nameEnds(configuration)
  }

  /// What tokenizer_config.json says about the tokens around a text.
  mutating func apply(_ configuration: TokenizerConfiguration) {
    nameEnds(configuration)
    postProcessor.apply(
      addsBOS: configuration.addsBOS,
      bosID: bosID,
      addsEOS: configuration.addsEOS,
      eosID: eosID
    )
  }

  /// Which tokens begin and end a text, whether or not they are put there.
  private mutating func nameEnds(_ configuration: TokenizerConfiguration) {
    bosID = configuration.bosToken.flatMap { vocabulary.id(of: $0) } ?? bosID
    eosID = configuration.eosToken.flatMap { vocabulary.id(of: $0) } ?? eosID
  }

  /// Adds tokens to the vocabulary and to those that are cut out of texts; one with the id of another replaces it.
  mutating func add(_ tokens: [AddedToken], path: String) throws(TokenizerError) {
    for token in tokens {
      try vocabulary.insert(token.content, id: token.id, at: path)
      addedTokens.removeAll { $0.id == token.id }
      addedTokens.append(token)
    }
  }
}
