/// The syntax tree of a regular expression.
indirect enum RegexNode: Sendable, Hashable {
  case characters(CodePointSet)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  /// `maximum` nil: without end.
  case repetition(RegexNode, minimum: Int, maximum: Int?)
  /// `^` and `$`.
  case start, end
}
