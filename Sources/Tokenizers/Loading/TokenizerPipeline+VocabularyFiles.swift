/// Tokenizers whose files say nothing but tokens and merges; the rest is what their class in transformers does.
extension TokenizerPipeline {
  /// From vocab.json and merges.txt: GPT-2's byte-level pairs and those that only cut text differently.
  init(
    vocabulary section: JSONSection,
    merges file: [UInt8],
    _ configuration: TokenizerConfiguration
  ) throws(TokenizerError) {
    let vocabulary = try Vocabulary(section)
    var lines = file.split(separator: 0x0a)[...]
    if lines.first?.starts(with: "#version".utf8) == true { lines = lines.dropFirst() }
    let rules = try MergeRules(
      lines: lines.map { $0.last == 0x0d ? $0.dropLast() : $0 },
      vocabulary,
      path: "merges.txt"
    )
    let dialect = try BytePairDialect(configuration.tokenizerClass ?? "GPT2Tokenizer")
    let prefix: [PreTokenizer] = configuration.addsPrefixSpace == true ? [.prefixSpace] : []
    self.init(
      vocabulary: vocabulary,
      normalizer: dialect.normalizer,
      preTokenizer: .sequence(prefix + [.scan(dialect.scanner)]),
      model: .bytePairEncoding(BytePairEncoding(vocabulary, rules, .init(), takesBytes: true)),
      decoder: TokenDecoder([.byteLevel])
    )
    try add(configuration.addedTokens, path: "added_tokens_decoder")
    for name in dialect.specialTokens where configuration.addedTokens.isEmpty {
      guard let id = vocabulary.id(of: name) else { continue }
      addedTokens.append(AddedToken(id: id, content: Array(name.utf8)))
    }
    if dialect == .roberta, let bos = vocabulary.id(of: "<s>"), let eos = vocabulary.id(of: "</s>") {
      postProcessor = PostProcessor(prefix: [bos], suffix: [eos])
    }
    bosID = dialect.bosToken.flatMap { vocabulary.id(of: $0) }
    eosID = vocabulary.id(of: dialect.eosToken)
    apply(configuration)
  }

  /// From vocab.txt: BERT's WordPiece, a token a line.
  init(lines file: [UInt8], _ configuration: TokenizerConfiguration) throws(TokenizerError) {
    let path = "vocab.txt"
    // Some tokens are other line separators of Unicode: only line feeds end a line.
    var lines = file.split(separator: 0x0a, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let vocabulary = try Vocabulary(
      listing: lines.map { Array($0.last == 0x0d ? $0.dropLast() : $0) },
      path: path
    )
    try self.init(bert: vocabulary, configuration, path: path)
  }

  /// BERT's stages around a vocabulary in its spelling.
  init(bert vocabulary: Vocabulary, _ configuration: TokenizerConfiguration, path: String) throws(TokenizerError) {
    let unknown = configuration.unknownToken ?? "[UNK]"
    guard let unknownID = vocabulary.id(of: unknown) else {
      throw .malformed(path: path, problem: "the token for unknown words, \(unknown), is missing")
    }
    let ids = ["[CLS]", "[SEP]"].map { vocabulary.id(of: $0) }
    self.init(
      vocabulary: vocabulary,
      normalizer: .bert(
        BertNormalizer(
          lowercases: configuration.lowercases ?? true,
          stripsAccents: configuration.stripsAccents,
          separatesIdeographs: configuration.separatesIdeographs ?? true
        )
      ),
      preTokenizer: .bert,
      model: .wordPiece(WordPiece(vocabulary, unknownID: unknownID)),
      postProcessor: PostProcessor(prefix: ids[0].map { [$0] } ?? [], suffix: ids[1].map { [$0] } ?? []),
      decoder: TokenDecoder([.wordPiece(prefix: Array("##".utf8), cleansUp: true)])
    )
    for name in ["[PAD]", unknown, "[CLS]", "[SEP]", "[MASK]"] {
      guard let id = vocabulary.id(of: name) else { continue }
      addedTokens.append(AddedToken(id: id, content: Array(name.utf8)))
    }
    try add(configuration.addedTokens, path: "added_tokens_decoder")
    apply(configuration)
  }
}

/// The classes of transformers that read vocab.json and merges.txt.
private enum BytePairDialect {
  case gpt2
  case roberta
  case qwen2

  init(_ tokenizerClass: String) throws(TokenizerError) {
    switch tokenizerClass {
    case "GPT2Tokenizer", "CodeGenTokenizer", "GPTNeoXTokenizer": self = .gpt2
    case "RobertaTokenizer", "BartTokenizer", "LongformerTokenizer": self = .roberta
    case "Qwen2Tokenizer": self = .qwen2
    default:
      throw .unsupported(path: "tokenizer_class", name: "the class “\(tokenizerClass)” without tokenizer.json")
    }
  }

  var normalizer: Normalizer { self == .qwen2 ? .form(.nfc) : .identity }
  var scanner: WordScanner { self == .qwen2 ? .cl100k(digits: 1) : .gpt2 }

  var specialTokens: [String] {
    self == .roberta ? ["<s>", "</s>", "<pad>", "<unk>", "<mask>"] : ["<|endoftext|>"]
  }

  var bosToken: String? {
    switch self {
    case .gpt2: "<|endoftext|>"
    case .roberta: "<s>"
    case .qwen2: nil
    }
  }

  var eosToken: String { self == .roberta ? "</s>" : "<|endoftext|>" }
}
