/// A regular part of a grammar: what is read without looking at the stack.
enum Terminal: Sendable, Hashable {
  /// Any JSON string of a length.
  case string(StringLength)
  case automaton(ByteAutomaton)

  var start: TerminalState {
    switch self {
    case .string(let length): TerminalState(JSONString.start(length))
    case .automaton: TerminalState(number: 0)
    }
  }

  func step(_ state: TerminalState, _ byte: UInt8) -> TerminalState? {
    switch self {
    case .string:
      return state.string?.step(byte).map { TerminalState($0) }
    case .automaton(let automaton):
      let next = automaton.step(state.number, byte)
      return next < 0 ? nil : TerminalState(number: next)
    }
  }

  func accepts(_ state: TerminalState) -> Bool {
    switch self {
    case .string: state.string?.isAccepting == true
    case .automaton(let automaton): automaton.isAccepting[Int(state.number)]
    }
  }

  /// Whether anything may follow inside the terminal.
  func continues(_ state: TerminalState) -> Bool {
    switch self {
    case .string: state.string?.isAccepting == false
    case .automaton(let automaton): automaton.continues[Int(state.number)]
    }
  }

  func distance(from state: TerminalState) -> Int {
    switch self {
    case .string: state.string?.distance ?? 0
    case .automaton(let automaton): Int(automaton.distances[Int(state.number)])
    }
  }

  func shortestCompletion(from state: TerminalState) -> [UInt8] {
    switch self {
    case .string: state.string?.shortestCompletion ?? []
    case .automaton(let automaton): automaton.shortestCompletion(from: state.number)
    }
  }

  /// The bytes of which its texts are made.
  var alphabet: [UInt8] {
    switch self {
    case .string: [0x20...0x7f, 0x80...0xbf, 0xc2...0xf4].flatMap { Array($0 as ClosedRange<UInt8>) }
    case .automaton(let automaton): automaton.alphabet
    }
  }
}

/// A place inside a terminal: a state of its automaton, or a phase of a JSON string with the length that remains.
struct TerminalState: Sendable, Hashable {
  var number: Int32
  var remaining: StringLength

  init(number: Int32) {
    self.number = number
    remaining = StringLength(minimum: 0, maximum: 0)
  }

  init(_ string: JSONString) {
    number = Int32(string.phase.rawValue)
    remaining = string.remaining
  }

  var string: JSONString? {
    JSONString.Phase(rawValue: UInt8(truncatingIfNeeded: number)).map { JSONString(phase: $0, remaining: remaining) }
  }
}
