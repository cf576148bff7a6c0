/// Why a response format cannot be turned into a grammar. Each case names the place and the way out.
package enum GrammarError: Error, Sendable, Hashable, CustomStringConvertible {
  case responseFormat(problem: String)
  /// A keyword or a value of one outside the subset; `pointer` is a JSON pointer into the schema.
  case unsupported(pointer: String, what: String, supported: String)
  /// The schema breaks JSON Schema's own rules.
  case malformed(pointer: String, problem: String)
  /// No document at all, or none of bearable length, satisfies the schema.
  case unsatisfiable(pointer: String, problem: String)
  /// `pointer` is nil where the place is not known or the response format is an expression.
  case tooLarge(pointer: String?, what: String, limit: Int)
  /// `pointer` is nil when the expression is the response format itself.
  case expression(pointer: String?, RegexError)
  /// The grammar needs a byte for which the tokenizer has no token, so that an answer could get stuck.
  case missingToken(byte: UInt8)

  package var description: String {
    switch self {
    case .responseFormat(let problem):
      "response_format: \(problem)"
    case .unsupported(let pointer, let what, let supported):
      "\(Self.place(pointer)): \(what) is not supported; supported: \(supported)"
    case .malformed(let pointer, let problem):
      "\(Self.place(pointer)): \(problem)"
    case .unsatisfiable(let pointer, let problem):
      "\(Self.place(pointer)): no document can satisfy this: \(problem)"
    case .tooLarge(let pointer, let what, let limit):
      "\(pointer.map(Self.place) ?? "the response format"): \(what); the limit is \(limit), so make it simpler"
    case .expression(let pointer?, let error):
      "\(Self.place(pointer)): \(error)"
    case .expression(nil, let error):
      "\(error)"
    case .missingToken(let byte):
      "the tokenizer of this model has no token for the byte 0x\(String(byte, radix: 16)), which the response format "
        + "needs; use a model whose vocabulary holds every byte"
    }
  }

  static func automatonTooLarge(limit: Int) -> GrammarError {
    .tooLarge(pointer: nil, what: "the automaton needs too many states or too much work", limit: limit)
  }

  /// The same, with a place when it names none.
  func located(at pointer: String) -> GrammarError {
    if case .tooLarge(nil, let what, let limit) = self {
      .tooLarge(pointer: pointer, what: what, limit: limit)
    } else {
      self
    }
  }

  private static func place(_ pointer: String) -> String {
    "the schema at “#\(pointer.prefix(200))”"
  }
}

/// Why a regular expression is refused; `offset` counts code points from its beginning.
package struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
  package let offset: Int
  package let problem: String

  package var description: String {
    "the regular expression at character \(offset): \(problem)"
  }
}
