import Inference
import Testing

@Suite struct StopMatcherTests {
  /// What comes out for pieces of a text: the text and whether a stop text ended it.
  private static func run(_ pieces: [String], stop: [String]) -> (text: String, isStopped: Bool) {
    var matcher = StopMatcher(stop)
    var text = ""
    for piece in pieces {
      switch matcher.push(piece) {
      case .text(let part): text += part
      case .stopped(let part, _): return (text + part, true)
      }
    }
    return (text + matcher.finish(), false)
  }

  @Test(arguments: [
    (["Hello", " wor", "ld. Next"], ["."], "Hello world", true),
    (["a", "b", "c", "d"], ["bc"], "a", true),
    (["aab", "aac"], ["aabaac"], "", true),
    (["aabaabaa", "c"], ["aabaac"], "aab", true),
    (["one\n", "\ntwo"], ["\n\n"], "one", true),
    (["abc"], ["c", "bc"], "a", true),
    (["abcd"], ["cd", "b"], "a", true),
    (["ab"], ["abc"], "ab", false),
    (["你", "好吗"], ["好"], "你", true),
    (["e\u{301}"], ["\u{e9}"], "e\u{301}", false),
    (["x"], [], "x", false),
    ([], ["x"], "", false),
  ])
  func `a stop text ends the text before it`(pieces: [String], stop: [String], text: String, isStopped: Bool) {
    let outcome = Self.run(pieces, stop: stop)
    #expect(Array(outcome.text.utf8) == Array(text.utf8))
    #expect(outcome.isStopped == isStopped)
  }

  @Test func `what cannot begin a stop text is passed on at once`() {
    var matcher = StopMatcher(["END", "\n\n"])
    #expect(matcher.push("some text\n") == .text("some text"))
    #expect(matcher.push("more E") == .text("\nmore "))
    #expect(matcher.push("N") == .text(""))
    #expect(matcher.push("T") == .text("ENT"))
    #expect(matcher.push("END.") == .stopped(text: "", stop: "END"))
  }

  @Test func `a stop text that does not count yet goes through, and may begin the next one`() {
    var matcher = StopMatcher(["aXa"])
    #expect(matcher.push("1aXa", mayStop: false) == .text("1aX"))
    #expect(matcher.push("Xa2") == .stopped(text: "", stop: "aXa"))
  }

  @Test func `any cutting into pieces gives the same text`() {
    var generator = SeededGenerator(state: 3)
    for _ in 0..<5000 {
      func random(_ range: ClosedRange<Int>) -> String {
        String(
          (0..<Int.random(in: range, using: &generator)).map { _ in "aab好".randomElement(using: &generator) ?? "a" }
        )
      }
      let stop = (0..<Int.random(in: 1...3, using: &generator)).map { _ in random(1...4) }
      let text = random(0...30)
      var pieces: [String] = []
      var rest = text[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...5, using: &generator))
        pieces.append(String(piece))
        rest = rest.dropFirst(piece.count)
      }
      let outcome = Self.run(pieces, stop: stop)
      #expect(outcome.text == Self.definition(text, stop: stop).text, "\(pieces) \(stop)")
      #expect(outcome.isStopped == Self.definition(text, stop: stop).isStopped)
    }
  }

  /// The definition: the shortest prefix that ends with a stop text, without the longest such.
  private static func definition(_ text: String, stop: [String]) -> (text: String, isStopped: Bool) {
    for count in 0...text.count {
      let prefix = text.prefix(count)
      if let longest = stop.filter({ prefix.hasSuffix($0) }).max(by: { $0.count < $1.count }) {
        return (String(prefix.dropLast(longest.count)), true)
      }
    }
    return (text, false)
  }
}
