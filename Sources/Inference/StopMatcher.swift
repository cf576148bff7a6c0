/// Finds stop texts in text that comes in pieces, across the borders of tokens, and holds back what may begin one.
///
/// The match that ends first wins, the longest of those that end together. One Knuth-Morris-Pratt automaton a stop
/// text: constant work for each byte.
package struct StopMatcher: Sendable {
  package enum Step: Sendable, Hashable {
    /// Text that belongs to the answer whatever follows.
    case text(String)
    /// The stop text `stop` is complete; `text` is what stood before it and was not passed on yet.
    case stopped(text: String, stop: String)
  }

  private var automata: [Automaton]
  /// Text that was not passed on yet: it may be the beginning of a stop text.
  private var held: [UInt8] = []

  /// - Precondition: no stop text is empty.
  package init(_ stop: [String]) {
    automata = stop.map { Automaton(Array($0.utf8)) }
  }

  /// - Parameter mayStop: whether a stop text that is complete within `piece` counts.
  package mutating func push(_ piece: String, mayStop: Bool = true) -> Step {
    guard !automata.isEmpty else { return .text(piece) }
    for byte in piece.utf8 {
      held.append(byte)
      var longest = 0
      for index in automata.indices where automata[index].advance(byte) {
        longest = max(longest, automata[index].length)
      }
      if mayStop && longest > 0 {
        return .stopped(text: release(held.count - longest), stop: release(longest))
      }
    }
    let possible = automata.reduce(0) { max($0, $1.pending) }
    return .text(release(held.count - possible))
  }

  /// The end of the text: what was held back is no stop text.
  package mutating func finish() -> String { release(held.count) }

  private mutating func release(_ count: Int) -> String {
    defer { held.removeFirst(count) }
    return String(decoding: held.prefix(count), as: UTF8.self)
  }
}

/// Knuth, Morris, Pratt 1977: how much of a text the bytes so far end with.
private struct Automaton: Sendable {
  private let text: [UInt8]
  /// For each prefix, the length of its longest proper border.
  private let borders: [Int]
  private var matched = 0

  var length: Int { text.count }

  /// How much of the text may still be under way; of a complete one, what may begin it anew.
  var pending: Int { matched == text.count ? borders[matched] : matched }

  init(_ text: [UInt8]) {
    precondition(!text.isEmpty, "a stop text is not empty")
    self.text = text
    var borders = [0, 0]
    for end in text.indices.dropFirst() {
      var border = borders[end]
      while border > 0 && text[border] != text[end] { border = borders[border] }
      borders.append(text[border] == text[end] ? border + 1 : 0)
    }
    self.borders = borders
  }

  /// Whether the text is complete with `byte`.
  mutating func advance(_ byte: UInt8) -> Bool {
    if matched == text.count { matched = borders[matched] }
    while matched > 0 && text[matched] != byte { matched = borders[matched] }
    if text[matched] == byte { matched += 1 }
    return matched == text.count
  }
}
