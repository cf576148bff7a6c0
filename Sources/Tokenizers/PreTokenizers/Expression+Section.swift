import Expressions

extension Expression {
  /// As tokenizer.json spells it.
  convenience init(_ source: String, at section: JSONSection) throws(TokenizerError) {
    do throws(ExpressionError) {
      try self.init(source, syntax: .ruby)
    } catch {
      throw section.unsupported("\(error)")
    }
  }
}
