/// How often the tokens of a prompt and of its answer so far were there, for penalties.
package struct TokenHistory: Sendable {
  struct Entry: Sendable {
    let id: Int
    /// Times in the answer; 0 for a token of the prompt alone.
    var answerCount: Int
  }

  /// The distinct tokens, in the order of their first appearance.
  private(set) var entries: [Entry] = []
  private var places: [Int: Int] = [:]

  /// - Parameter room: for how many tokens there is room from the beginning.
  package init(prompt: [Int], room: Int = 0) {
    entries.reserveCapacity(room)
    places.reserveCapacity(room)
    for id in prompt where places[id] == nil { append(Entry(id: id, answerCount: 0)) }
  }

  package mutating func record(_ token: Int) {
    if let place = places[token] {
      entries[place].answerCount += 1
    } else {
      append(Entry(id: token, answerCount: 1))
    }
  }

  private mutating func append(_ entry: Entry) {
    places[entry.id] = entries.count
    entries.append(entry)
  }
}

extension Penalties {
  /// Repetition first, then frequency and presence, as vLLM does.
  func apply(to logits: inout MutableSpan<Float>, _ history: TokenHistory) {
    let repetition = Float(repetition)
    for entry in history.entries where entry.id < logits.count {
      var logit = logits[entry.id]
      logit = logit > 0 ? logit / repetition : logit * repetition
      if entry.answerCount > 0 { logit -= Float(frequency * Double(entry.answerCount) + presence) }
      logits[entry.id] = logit
    }
  }
}
