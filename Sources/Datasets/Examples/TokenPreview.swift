package import Tokenizers

/// An example for the eye: its text in runs, each learned or only read. It is content of the dataset, so it goes where
/// the dataset may go, and to no log.
package struct TokenPreview: Sendable {
  package struct Token: Sendable, Hashable {
    package let id: Int
    /// U+FFFD for a part of a character.
    package let text: String
    package let isLearned: Bool

    package init(id: Int, text: String, isLearned: Bool) {
      self.id = id
      self.text = text
      self.isLearned = isLearned
    }
  }

  /// Neighbours that are alike.
  package struct Run: Sendable, Hashable {
    package let text: String
    package let tokenCount: Int
    package let isLearned: Bool
  }

  package private(set) var tokens: [Token] = []
  package private(set) var runs: [Run] = []

  /// - Parameter tokenLimit: Further tokens are left out.
  package init(_ example: TrainingExample, tokenizer: Tokenizer, tokenLimit: Int = .max) {
    var bytes: [UInt8] = []
    var tokenCount = 0
    for (index, id) in example.tokens.prefix(tokenLimit).enumerated() {
      let token = Self.bytes(of: Int(id), tokenizer)
      // The first token is never predicted.
      let isLearned = index > 0 && example.labels[index] != TrainingExample.ignoredLabel
      if let last = tokens.last, last.isLearned != isLearned {
        runs.append(
          Run(text: String(decoding: bytes, as: UTF8.self), tokenCount: tokenCount, isLearned: last.isLearned)
        )
        (bytes, tokenCount) = ([], 0)
      }
      tokens.append(Token(id: Int(id), text: String(decoding: token, as: UTF8.self), isLearned: isLearned))
      bytes += token
      tokenCount += 1
    }
    guard let last = tokens.last else { return }
    runs.append(Run(text: String(decoding: bytes, as: UTF8.self), tokenCount: tokenCount, isLearned: last.isLearned))
  }

  /// The text with what is learned in double brackets.
  package var markedText: String {
    runs.map { $0.isLearned ? "⟦\($0.text)⟧" : $0.text }.joined()
  }

  private static func bytes(of id: Int, _ tokenizer: Tokenizer) -> [UInt8] {
    tokenizer.isSpecial(id) ? tokenizer.tokenBytes(id) : tokenizer.textBytes(of: id)
  }
}
