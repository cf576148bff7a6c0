package enum ExpressionError: Error, Equatable, Sendable {
  case tooLong(byteCount: Int, limit: Int)
  /// - Parameter offset: in bytes, into the expression as PCRE2 sees it.
  case invalid(String, problem: String, offset: Int)
  case outOfMemory
}

extension ExpressionError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooLong(let byteCount, let limit): "a regular expression of \(byteCount) bytes (at most \(limit))"
    case .invalid(let source, let problem, let offset):
      "the regular expression “\(source.prefix(80))” (\(problem) at byte \(offset))"
    case .outOfMemory: "memory for a regular expression is short"
    }
  }
}
