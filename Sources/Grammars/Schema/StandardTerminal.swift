internal import Synchronization

/// Automata that many schemas share and that take a while to make: each is made once in a process.
enum StandardTerminal: Hashable, Sendable {
  case number, integer
  case format(StringFormat)

  private static let known = Mutex<[StandardTerminal: ByteAutomaton]>([:])

  func automaton() throws(GrammarError) -> ByteAutomaton? {
    if let automaton = Self.known.withLock({ $0[self] }) { return automaton }
    guard let automaton = try make() else { return nil }
    Self.known.withLock { $0[self] = automaton }
    return automaton
  }

  private func make() throws(GrammarError) -> ByteAutomaton? {
    switch self {
    case .number: return try NumberLanguage(isInteger: false).automaton()
    case .integer: return try NumberLanguage(isInteger: true).automaton()
    case .format(let format):
      let expression: RegexNode
      do throws(RegexError) {
        expression = try RegexParser.parse(format.expression)
      } catch {
        preconditionFailure("the expression of \(format): \(error)")
      }
      return try ByteAutomaton.jsonStrings(matching: expression, asWhole: true)
    }
  }
}
