import Grammars
import Inference
import Jobs
import Queue
import Synchronization
import Tokenizers

extension LoadedModel {
  /// What lets only tokens through that keep the answer in its form; nil for any text.
  /// - Throws: `JobError` for a form that cannot be kept.
  func constraint(for format: Jobs.ResponseFormat) throws -> (any TokenConstraint)? {
    do throws(GrammarError) {
      return try grammars.constraint(for: Grammars.ResponseFormat(format))
    } catch {
      throw JobError(.invalidValue, "response_format: \(error)", param: "response_format")
    }
  }
}

extension Grammars.ResponseFormat {
  fileprivate init(_ format: Jobs.ResponseFormat) {
    self =
      switch format {
      case .text: .text
      case .jsonObject: .jsonObject
      case .jsonSchema(let schema): .jsonSchema(schema)
      case .regex(let expression): .regex(expression)
      }
  }
}

/// The grammars of one model. Its vocabulary is indexed when the first job asks for a form.
final class ModelGrammars: Sendable {
  private let tokenizer: Tokenizer
  private let tokenCount: Int
  private let cache = Mutex<GrammarCache?>(nil)

  /// - Parameter tokenCount: the model's, which may have more rows than the tokenizer has tokens.
  init(_ tokenizer: Tokenizer, tokenCount: Int) {
    self.tokenizer = tokenizer
    self.tokenCount = tokenCount
  }

  func constraint(for format: Grammars.ResponseFormat) throws(GrammarError) -> (any TokenConstraint)? {
    if format == .text { return nil }
    return try indexed().makeConstraint(for: format).map(GrammarConstraint.init)
  }

  private func indexed() -> GrammarCache {
    cache.withLock { cache in
      if let cache { return cache }
      let tokens = (0..<tokenCount).map { tokenizer.textBytes(of: $0) }
      // The engine itself lets the model's end tokens through where the form is complete.
      let made = GrammarCache(vocabulary: TokenVocabulary(tokens: tokens, endTokens: []))
      cache = made
      return made
    }
  }
}

private struct GrammarConstraint: TokenConstraint {
  private var constraint: Constraint

  init(_ constraint: Constraint) { self.constraint = constraint }

  mutating func advance(_ token: Int) {
    let isAllowed = constraint.advance(token)
    precondition(isAllowed, "token \(token) was chosen although the mask excludes it")
  }

  func fill(mask: inout [UInt64]) { constraint.fill(mask: &mask) }

  var isComplete: Bool { constraint.isComplete }
}
