package import JSON

/// Why tokenizer files cannot be used. Descriptions name files, components and ids, never text that is being encoded.
package enum TokenizerError: Error, Sendable, CustomStringConvertible {
  case noTokenizer(directory: String)
  case unreadable(path: String, reason: String)
  case invalidJSON(path: String, JSONError)
  /// A member of the file breaks the format; `path` says which, as `model.vocab`.
  case malformed(path: String, problem: String)
  /// A component or a setting of one that this build does not know.
  case unsupported(path: String, name: String)

  package var description: String {
    switch self {
    case .noTokenizer(let directory):
      """
      \(directory) holds no tokenizer; a model directory needs tokenizer.json, tokenizer.model, vocab.json with \
      merges.txt, or vocab.txt
      """
    case .unreadable(let path, let reason):
      "cannot read the tokenizer file \(path): \(reason); make it readable"
    case .invalidJSON(let path, let error):
      "the tokenizer file \(path) is not JSON: \(error); export the tokenizer again"
    case .malformed(let path, let problem):
      "the tokenizer is damaged at \(path): \(problem); export the tokenizer again"
    case .unsupported(let path, let name):
      "the tokenizer uses \(name) at \(path), which this version does not support; use a model with another tokenizer"
    }
  }
}
