import Checkpoints
import Foundation
package import Tokenizers

extension Tokenizer {
  /// The tokenizer of a model directory or a GGUF file: tokenizer files come before a vocabulary inside a GGUF file.
  /// - Throws: `CheckpointError`, `TokenizerError`.
  package static func load(checkpoint path: String) throws -> Tokenizer {
    guard let metadata = try CheckpointDirectory.embeddedVocabulary(at: path) else {
      return try Tokenizer.load(directory: path)
    }
    return try Tokenizer(gguf: try GGUFVocabulary(metadata, path: path))
  }
}

extension GGUFVocabulary {
  private static let prefix = "tokenizer.ggml."

  /// Gives a model directory the tokenizer and the chat template of the GGUF file that it was made from; nothing where
  /// that had tokenizer files of its own, which are copied with the rest.
  static func writeFiles(of path: String, to directory: String) throws {
    guard let metadata = try CheckpointDirectory.embeddedVocabulary(at: path) else { return }
    for file in try GGUFVocabulary(metadata, path: path).files() {
      try write(Data(file.content), to: directory + "/" + file.name)
    }
    let template = directory + "/chat_template.jinja"
    if let source = try metadata.string(ChatTemplates.ggufKey), !FileManager.default.fileExists(atPath: template) {
      try write(Data(source.utf8), to: template)
    }
  }

  private static func write(_ content: Data, to path: String) throws(CheckpointError) {
    do {
      try content.write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CheckpointError(path: path, .cannotWrite(errno: (error as? POSIXError)?.code.rawValue ?? EIO))
    }
  }

  /// - Throws: `CheckpointError` for a value of another type than the format gives it, or a vocabulary that is missing.
  init(_ metadata: GGUFMetadata, path: String) throws(CheckpointError) {
    guard let model = try metadata.string(Self.prefix + "model"),
      let tokens = try metadata.strings(Self.prefix + "tokens")
    else { throw CheckpointError(path: path, .missingTokenizer) }
    self.init(model: model, tokens: tokens)
    preTokenizer = try metadata.string(Self.prefix + "pre")
    scores = try metadata.numbers(Self.prefix + "scores")?.map { Float($0) } ?? []
    tokenTypes = try metadata.integers(Self.prefix + "token_type") ?? []
    merges = try metadata.strings(Self.prefix + "merges") ?? []
    bosID = try Self.firstID(["bos_token_id", "cls_token_id"], metadata)
    eosID = try Self.firstID(["eos_token_id"], metadata)
    unknownID = try Self.firstID(["unknown_token_id"], metadata)
    separatorID = try Self.firstID(["seperator_token_id", "separator_token_id"], metadata)
    addsBOS = try metadata.bool(Self.prefix + "add_bos_token")
    addsEOS = try metadata.bool(Self.prefix + "add_eos_token")
    addsSpacePrefix = try metadata.bool(Self.prefix + "add_space_prefix")
    removesExtraWhitespace = try metadata.bool(Self.prefix + "remove_extra_whitespaces")
    // Signed bytes in some files.
    charactersMap =
      try metadata.integers(Self.prefix + "precompiled_charsmap")?.map {
        UInt8(truncatingIfNeeded: $0)
      } ?? []
  }

  private static func firstID(_ keys: [String], _ metadata: GGUFMetadata) throws(CheckpointError) -> Int? {
    for key in keys { if let id = try metadata.integer(prefix + key) { return id } }
    return nil
  }
}
