import FoundationEssentials
import JSON

extension Tokenizer {
  /// Reads the tokenizer of a model directory: tokenizer.json where it is there; else SentencePiece's or tiktoken's
  /// tokenizer.model, vocab.json with merges.txt, or vocab.txt. tokenizer_config.json and special_tokens_map.json
  /// have a say if they are there.
  package static func load(directory: String) throws(TokenizerError) -> Tokenizer {
    let files = TokenizerFiles(directory)
    let configuration = try files.configuration()
    if files.has("tokenizer.json") {
      return Tokenizer(try TokenizerPipeline(try files.json("tokenizer.json"), configuration))
    }
    if files.has("tokenizer.model") {
      return try Tokenizer(model: try files.bytes("tokenizer.model"), configuration)
    }
    if files.has("vocab.json"), files.has("merges.txt") {
      let vocabulary = try files.json("vocab.json")
      return Tokenizer(
        try TokenizerPipeline(vocabulary: vocabulary, merges: try files.bytes("merges.txt"), configuration)
      )
    }
    if files.has("vocab.txt") {
      return Tokenizer(try TokenizerPipeline(lines: try files.bytes("vocab.txt"), configuration))
    }
    throw .noTokenizer(directory: directory)
  }

  /// From the contents of tokenizer.json and tokenizer_config.json.
  package convenience init(json: [UInt8], configuration: [UInt8]? = nil) throws(TokenizerError) {
    let configuration =
      if let configuration {
        try TokenizerConfiguration(try TokenizerFiles.parse(configuration, path: "tokenizer_config.json"))
      } else {
        TokenizerConfiguration()
      }
    self.init(try TokenizerPipeline(try TokenizerFiles.parse(json, path: "tokenizer.json"), configuration))
  }

  /// From the contents of tokenizer.model: a SentencePiece model, or tiktoken ranks as Llama 3 has them.
  package convenience init(model: [UInt8]) throws(TokenizerError) {
    try self.init(model: model, TokenizerConfiguration())
  }

  private convenience init(model: [UInt8], _ configuration: TokenizerConfiguration) throws(TokenizerError) {
    let path = "tokenizer.model"
    self.init(
      TokenizerPipeline.isTiktoken(model)
        ? try TokenizerPipeline(tiktoken: model, configuration)
        : try TokenizerPipeline(try SentencePieceModel(model, path: path), configuration, path: path)
    )
  }

  /// From the metadata of a GGUF file.
  package convenience init(gguf: GGUFVocabulary) throws(TokenizerError) {
    self.init(try TokenizerPipeline(gguf))
  }
}

/// The tokenizer files of a model directory.
private struct TokenizerFiles {
  /// Above the largest tokenizer.json in the wild by a factor of four.
  private static let byteLimit = 128 << 20

  private let directory: String

  init(_ directory: String) { self.directory = directory }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(directory)/\(name)") }

  func bytes(_ name: String) throws(TokenizerError) -> [UInt8] {
    let path = "\(directory)/\(name)"
    do {
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      guard size <= Self.byteLimit else {
        throw TokenizerError.unreadable(path: path, reason: "\(size) bytes are more than \(Self.byteLimit)")
      }
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }

  func json(_ name: String) throws(TokenizerError) -> JSONSection {
    try Self.parse(try bytes(name), path: "\(directory)/\(name)")
  }

  func configuration() throws(TokenizerError) -> TokenizerConfiguration {
    var configuration = TokenizerConfiguration()
    if has("tokenizer_config.json") { configuration = try TokenizerConfiguration(try json("tokenizer_config.json")) }
    if has("special_tokens_map.json") { configuration.readSpecialTokens(try json("special_tokens_map.json")) }
    return configuration
  }

  static func parse(_ bytes: [UInt8], path: String) throws(TokenizerError) -> JSONSection {
    do {
      return JSONSection(path: "", value: try JSONValue(parsing: bytes))
    } catch {
      throw .invalidJSON(path: path, error)
    }
  }
}
