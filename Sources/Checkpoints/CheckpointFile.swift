/// A file of a model directory and what it is for.
package struct CheckpointFile: Sendable, Hashable {
  package enum Role: String, Sendable, Hashable {
    case configuration
    case weights
    case tokenizer
    case chatTemplate
    case licence
  }

  /// Relative to the directory.
  package let path: String
  package let byteCount: Int
  package let role: Role

  fileprivate static let tokenizerNames: Set<String> = [
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "merges.txt", "vocab.txt",
  ]

  /// The settings of sentence-transformers' pooling: `1_Pooling/config.json`, whatever its number.
  static func isPooling(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    return parts.count == 2 && parts[0].hasSuffix(poolingFolderSuffix) && parts[1] == "config.json"
  }

  static let poolingFolderSuffix = "_Pooling"

  /// Whether some set of files defines a tokenizer.
  static func hasTokenizer(_ names: Set<String>) -> Bool {
    names.contains("tokenizer.json") || names.contains("tokenizer.model") || names.contains("vocab.txt")
      || (names.contains("vocab.json") && names.contains("merges.txt"))
  }
}

extension CheckpointFile.Role {
  /// nil: the file is no part of the model. `shards` are the file names of the weight index.
  init?(fileName: String, shards: Set<String>) {
    switch fileName {
    case CheckpointDirectory.configurationFileName, CheckpointDirectory.generationConfigurationFileName,
      "modules.json", "sentence_bert_config.json":
      self = .configuration
    case _ where CheckpointFile.isPooling(fileName): self = .configuration
    case CheckpointWeights.indexFileName: self = .weights
    case CheckpointWeights.singleFileName where shards.isEmpty: self = .weights
    case "chat_template.jinja", "chat_template.json": self = .chatTemplate
    case "LICENSE", "LICENSE.txt", "LICENSE.md": self = .licence
    case _ where shards.contains(fileName): self = .weights
    case _ where CheckpointFile.tokenizerNames.contains(fileName): self = .tokenizer
    default: return nil
    }
  }
}
