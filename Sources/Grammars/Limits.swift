/// What a grammar may cost. Response formats come from outside: each bound turns an explosion into a refusal.
enum Limits {
  /// Frames on the stack: how deep a document nests.
  static let stackDepth = 128
  /// Ways in which one text can be read at once; what exceeds them is not offered to the model.
  static let readings = 1024
  static let rules = 10_000
  static let grammarStates = 100_000
  static let grammarEdges = 1_000_000
  /// Copies of an array's element that minItems or maxItems ask for.
  static let arrayItems = 4096
  /// Bytes of the shortest document.
  static let shortestDocument = 100_000
  /// States of one nondeterministic byte automaton.
  static let nondeterministicStates = 150_000
  /// States of one deterministic byte automaton, and 32-bit transitions of it and of all in one grammar.
  static let automatonStates = 65_536
  static let automatonTransitions = 4 << 20
  static let allAutomatonTransitions = 8 << 20
  /// Elementary steps while one automaton is made: below a second.
  static let constructionSteps = 12_000_000
  static let repetitions = 1000
  static let expressionDepth = 100
  static let expressionLength = 10_000
  static let multipleOf = 1024
}
