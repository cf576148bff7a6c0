import JSON

/// A vocabulary out of a GGUF file as the files of a model directory, for weights that are stored in Hugging Face's
/// layout.
extension GGUFVocabulary {
  package struct File: Sendable {
    package let name: String
    package let content: [UInt8]
  }

  /// tokenizer.json for byte-level pairs, SentencePiece's tokenizer.model for its own, and tokenizer_config.json.
  package func files() throws(TokenizerError) -> [File] {
    let tokenizer: File
    switch model {
    case "gpt2": tokenizer = File(name: "tokenizer.json", content: Array(try bytePairs().text.utf8))
    case "llama": tokenizer = File(name: "tokenizer.model", content: try sentencePieceModel().file(bosID, eosID))
    default: throw .unsupported(path: path("model"), name: "the GGUF vocabulary “\(model)” as files")
    }
    return [tokenizer, File(name: "tokenizer_config.json", content: Array(try configuration().text.utf8))]
  }

  private func configuration() throws(TokenizerError) -> JSONValue {
    var members: JSONObject = [
      "tokenizer_class": model == "llama" ? "LlamaTokenizer" : "PreTrainedTokenizerFast",
      "add_bos_token": .bool(addsBOS ?? addsBOSByDefault), "add_eos_token": .bool(addsEOS ?? false),
      "clean_up_tokenization_spaces": false,
    ]
    for (name, id) in [("bos_token", bosID), ("eos_token", eosID), ("unk_token", unknownID)] {
      if let id = try checked(id, name + "_id") { members[name] = .string(try text(of: id)) }
    }
    if model == "llama" { members["legacy"] = false }
    return .object(members)
  }

  private func bytePairs() throws(TokenizerError) -> JSONValue {
    let cutting = try bytePairCutting()
    var vocabulary = JSONObject()
    // A token that is listed twice is found under its first id.
    for id in tokens.indices where !tokens[id].isEmpty {
      let token = try text(of: id)
      if vocabulary[token] == nil { vocabulary[token] = JSONValue(id) }
    }
    var rules: [JSONValue] = []
    for merge in merges { rules.append(.string(try text(merge, "merges"))) }
    let model: JSONValue = [
      "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": "", "end_of_word_suffix": "",
      "fuse_unk": false, "byte_fallback": false, "ignore_merges": .bool(cutting.ignoresMerges),
      "vocab": .object(vocabulary), "merges": .array(rules),
    ]
    return [
      "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(try addedTokensJSON()),
      "normalizer": cutting.normalizerJSON, "pre_tokenizer": cutting.preTokenizerJSON,
      "post_processor": try postProcessorJSON(), "decoder": BytePairCutting.byteLevel(usesExpression: true),
      "model": model,
    ]
  }

  private func addedTokensJSON() throws(TokenizerError) -> [JSONValue] {
    try addedTokens().map { token in
      [
        "id": JSONValue(token.id), "content": .string(String(decoding: token.content, as: UTF8.self)),
        "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": .bool(token.isSpecial),
      ]
    }
  }

  private func postProcessorJSON() throws(TokenizerError) -> JSONValue {
    var before: [JSONValue] = [], after: [JSONValue] = []
    var tokens = JSONObject()
    for (isWanted, id, key) in [
      (addsBOS ?? addsBOSByDefault, bosID, "bos_token_id"), (addsEOS ?? false, eosID, "eos_token_id"),
    ] {
      guard isWanted, let id = try checked(id, key) else { continue }
      let name = JSONValue.string(try text(of: id))
      tokens[try text(of: id)] = ["id": name, "ids": [JSONValue(id)], "tokens": [name]]
      let part: JSONValue = ["SpecialToken": ["id": name, "type_id": 0]]
      if key == "bos_token_id" { before.append(part) } else { after.append(part) }
    }
    if tokens.isEmpty { return BytePairCutting.byteLevel(usesExpression: true) }
    let sequences = ["A", "B"].map { name -> JSONValue in ["Sequence": ["id": .string(name), "type_id": 0]] }
    return [
      "type": "TemplateProcessing", "single": .array(before + [sequences[0]] + after),
      "pair": .array(before + [sequences[0]] + after + before + [sequences[1]] + after),
      "special_tokens": .object(tokens),
    ]
  }

  private func text(of id: Int) throws(TokenizerError) -> String { try text(tokens[id], "tokens") }

  private func text(_ bytes: [UInt8], _ key: String) throws(TokenizerError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed(path: path(key), problem: "an entry is not UTF-8, so that no tokenizer.json can hold it")
    }
    return text
  }
}
