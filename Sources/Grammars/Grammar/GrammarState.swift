/// Where a text stands in a grammar: every way to read it so far.
struct GrammarState: Sendable, Hashable {
  /// A terminal that is being read, and what follows it.
  struct Reading: Sendable, Hashable {
    var terminal: Int32
    var state: TerminalState
    var after: Int32
    var stack: Frame?
  }

  private(set) var readings: [Reading] = []
  /// Whether the text is complete.
  private(set) var isAccepting = false

  var isDead: Bool { readings.isEmpty && !isAccepting }

  init(readings: [Reading], isAccepting: Bool) {
    self.readings = readings
    self.isAccepting = isAccepting
  }

  /// Before the first byte.
  init(start grammar: Grammar) {
    self.init(entering: grammar.start, stack: nil, in: grammar)
  }

  /// After a rule has come to `state`.
  init(entering state: Int32, stack: Frame?, in grammar: Grammar) {
    var entry = Entry(grammar: grammar)
    entry.enter(state, stack)
    readings = entry.readings
    isAccepting = entry.isAccepting
  }

  func advanced(by byte: UInt8, in grammar: Grammar) -> GrammarState {
    var entry = Entry(grammar: grammar)
    for reading in readings {
      let terminal = grammar.terminals[Int(reading.terminal)]
      guard let state = terminal.step(reading.state, byte) else { continue }
      if terminal.continues(state) {
        entry.add(Reading(terminal: reading.terminal, state: state, after: reading.after, stack: reading.stack))
      }
      if terminal.accepts(state) { entry.enter(reading.after, reading.stack) }
    }
    return GrammarState(readings: entry.readings, isAccepting: entry.isAccepting)
  }
}

/// Finds the terminals that may be read next: follows calls and returns.
private struct Entry {
  private let grammar: Grammar
  private(set) var readings: [GrammarState.Reading] = []
  private(set) var isAccepting = false
  private var known: Set<GrammarState.Reading> = []
  private var entered: [Position] = []
  private var pending: [Position] = []

  private struct Position: Equatable {
    var state: Int32
    var stack: Frame?
  }

  init(grammar: Grammar) { self.grammar = grammar }

  mutating func enter(_ state: Int32, _ stack: Frame?) {
    push(state, stack)
    while let position = pending.popLast() { expand(position) }
  }

  mutating func add(_ reading: GrammarState.Reading) {
    guard readings.count < Limits.readings else { return }
    // Few readings are the rule, and then a look at each is cheaper than hashing.
    if readings.count < 8 {
      if !readings.contains(reading) { readings.append(reading) }
      return
    }
    if known.isEmpty { known.formUnion(readings) }
    if known.insert(reading).inserted { readings.append(reading) }
  }

  private mutating func push(_ state: Int32, _ stack: Frame?) {
    let position = Position(state: state, stack: stack)
    guard entered.count < Limits.readings, !entered.contains(position) else { return }
    entered.append(position)
    pending.append(position)
  }

  /// A way is taken only when the depth that remains suffices to finish it: no state is a dead end.
  private mutating func expand(_ position: Position) {
    let depth = Int32(position.stack?.depth ?? 0)
    let limit = Int32(Limits.stackDepth)
    if grammar.isFinal[Int(position.state)] { finish(position.stack) }
    for edge in grammar.edges(from: position.state) where depth + grammar.heights[Int(edge.target)] <= limit {
      switch edge.symbol {
      case .terminal(let number):
        let terminal = grammar.terminals[Int(number)]
        add(.init(terminal: number, state: terminal.start, after: edge.target, stack: position.stack))
        if terminal.accepts(terminal.start) { push(edge.target, position.stack) }
      case .call(let rule):
        let stack = grammar.isEnd(edge.target) ? position.stack : Frame(edge.target, below: position.stack)
        if Int32(stack?.depth ?? 0) + grammar.heights[Int(rule)] <= limit { push(rule, stack) }
      }
    }
  }

  private mutating func finish(_ stack: Frame?) {
    if let stack { push(stack.returnState, stack.below) } else { isAccepting = true }
  }
}
