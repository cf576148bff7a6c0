import FuzzTestSupport
import Grammars
import GrammarsTestSupport
import JSON
import Testing

@Suite struct RegexTests {
  static let patterns = [
    "abc", "a*", "a+b?", "(a|b)*c", "[a-c]+", "[^a-c]+", "a{3}", "a{2,4}", "a{2,}", "(ab){1,3}", "a|", "|a|b", "()",
    "(a|)b",
    "(?:a|b)c", "(?P<x>a)b", "(?<y>a)b", "a*?b", "a+?", "a{1,2}?", ".", ".*", "a.c", "[.]", "[a-]", "[-a]", "[a\\-c]",
    "\\d+", "\\D", "\\w+", "\\W", "\\s", "\\S+", "[\\d.]+", "[^\\d]", "[^\\s\\w]", "[\\w-]+", "\\.", "\\\\", "\\/",
    "\\(\\)",
    "\\[\\]", "\\x41", "\\u0042c", "^a", "a$", "^a$", "^a|b$", "(^a|b)c", "a(b$|c)", "^$", "^", "$", "(a*)*", "(a*|b)*",
    "(a+)+b",
    "((a|b)(c|d)){2}", "[é-ü]", "日本", "[^日]", "[🎉🎊]", "a]", "a}", "\\t", "\\n", "(a{0,2}){0,2}", "a{0}",
    "(a|ab)(c|bcd)",
    "[a-z0-9._%+-]+@[a-z]+\\.[a-z]{2,}", "(0|[1-9]\\d*)(\\.\\d+)?", "\\d{4}-\\d{2}", "x(yz?)*",
  ]

  /// Pieces of which random texts are made; no line ends, whose neighbourhood Python's `$` and `.` see differently.
  static let pieces =
    Array("aaabbbccdxyzABC0123456789. -_@%/\\()[]}\"'日本é🎉").map { String($0) } + ["2024-", "bcd", "\u{1}"]

  private func texts(_ generator: inout SeededGenerator) -> [String] {
    (0..<(Proof.isOn ? 2000 : 150)).map { _ in
      (0..<Int.random(in: 0...6, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }
        .joined()
    }
  }

  /// For each pattern and text: fullmatch and search, with ASCII classes and with Unicode's.
  private func judge(_ cases: [(pattern: String, texts: [String])]) throws -> [JSONValue] {
    try Python.run(
      """
      import json, re, sys
      for line in open(sys.argv[1], encoding="utf-8", newline="\\n"):
          pattern, texts = json.loads(line)
          pattern = pattern.replace("(?<y>", "(?P<y>")
          try:
              both = [re.compile(pattern, re.ASCII), re.compile(pattern)]
          except Exception as error:
              print(json.dumps(repr(error)))
              continue
          print(json.dumps([[bool(f(t)) for r in both for f in (r.fullmatch, r.search)] for t in texts]))
      """,
      input: cases.map { .array([.string($0.pattern), .array($0.texts.map { .string($0) })]) }
    )
  }

  private func compare(_ cases: [(pattern: String, texts: [String])]) throws {
    for (example, answers) in zip(cases, try judge(cases)) {
      guard let answers = answers.array else {
        Issue.record("Python refuses \(example.pattern): \(answers.text)")
        continue
      }
      let whole = try? Grammar.expression(example.pattern)
      let part = try? Grammar.schema(["type": "string", "pattern": .string(example.pattern)])
      for (text, answer) in zip(example.texts, answers) {
        let expected = answer.array?.compactMap(\.bool) ?? []
        let found = [
          whole?.accepts(text.utf8) ?? false, part?.accepts(JSONValue.string(text).text.utf8) ?? false,
        ]
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
          #expect(found == Array(expected.prefix(2)), "“\(example.pattern)” on “\(text)”")
        } else {
          // Outside ASCII a class holds what all readings share, so nothing is accepted that one of them refuses.
          #expect(!found[0] || expected[0] && expected[2], "“\(example.pattern)” on “\(text)”")
          #expect(!found[1] || expected[1] && expected[3], "“\(example.pattern)” on “\(text)”")
        }
      }
    }
  }

  @Test(.needsPython) func `expressions match what Python's re matches`() throws {
    var generator = SeededGenerator(state: 11)
    try compare(Self.patterns.map { ($0, texts(&generator)) })
  }

  @Test(.needsPython) func `random expressions match what Python's re matches`() throws {
    var generator = SeededGenerator(state: 12)
    let cases = (0..<(Proof.isOn ? 3000 : 120)).map { _ in
      let pattern = Self.randomPattern(depth: 3, using: &generator)
      let texts = (0..<60).map { _ in
        (0..<Int.random(in: 0...7, using: &generator)).map { _ in
          ["a", "b", "c", "0"].randomElement(using: &generator) ?? "a"
        }
        .joined()
      }
      return (pattern, texts)
    }
    try compare(cases)
  }

  static func randomPattern(depth: Int, using generator: inout SeededGenerator) -> String {
    let leaves = ["a", "b", "c", "[ab]", "[^a]", ".", "\\d", "\\w", "^", "$", ""]
    if depth == 0 { return leaves.randomElement(using: &generator) ?? "a" }
    let part = { (generator: inout SeededGenerator) in randomPattern(depth: depth - 1, using: &generator) }
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: return part(&generator) + part(&generator)
    case 1: return "(" + part(&generator) + "|" + part(&generator) + ")"
    case 2:
      return "(" + part(&generator) + ")"
        + (["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{1,}"].randomElement(using: &generator) ?? "*")
    case 3: return "(?:" + part(&generator) + ")"
    case 4: return part(&generator) + "|" + part(&generator)
    default: return part(&generator)
    }
  }

  private static let refused: [(pattern: String, words: String)] = [
    ("(a)\\1", "back-reference \\1"), ("(?P<n>a)(?P=n)", "back-reference (?P=…)"), ("\\k<n>", "back-reference"),
    ("a(?=b)", "look-ahead"), ("a(?!b)", "negative look-ahead"), ("(?<=a)b", "look-behind"),
    ("(?<!a)b", "negative look-behind"), ("\\bword", "word boundary"), ("(?i)a", "inline flag"),
    ("(?>a)", "atomic group"),
    ("a++", "possessive"), ("a**", "follows a quantifier"), ("*a", "nothing to repeat"), ("a{2,1}", "no solution"),
    ("\\p{L}", "Unicode property"), ("\\Aa", "anchor \\A"), ("[]a]", "write \\]"), ("[z-a]", "reverse order"),
    ("[a", "not closed"), ("(a", "not closed"), ("a)", "“)” without “(”"), ("a{", "write \\{"), ("a{,2}", "{0,n}"),
    ("a{1001}", "a repetition above 1000"), ("\\ud800", "surrogate"), ("\\x4", "hexadecimal"), ("^*", "anchor"),
    ("\\", "ends with a backslash"), ("[\\d-z]", "range between classes"), ("a\\Z", "anchor \\Z"),
    ("\\q", "escape \\q"),
    ("a^b", "no text matches"), ("[^\\s\\S]", "no text matches"), ("(?(1)a|b)", "conditional"), ("(?#x)", "comment"),
  ]

  @Test(arguments: refused)
  func `what is not supported is refused by name`(pattern: String, words: String) throws {
    let error = #expect(throws: GrammarError.self) { try Grammar.expression(pattern) }
    #expect("\(try #require(error))".contains(words))
  }

  @Test(arguments: [
    "(((a{1000}){1000}){1000}){1000}", "(((){1000}){1000}){1000}", "(.{1000}){1000}", "(a|b)*a(a|b){20}",
    "(\\W{0,1000}){2}x{1000}",
    "(((((.*a){50}b){50}c){50}d){50}e){50}",
  ])
  func `an expression that explodes is refused in time`(pattern: String) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let error = #expect(throws: GrammarError.self) { try Grammar.expression(pattern) }
    #expect("\(try #require(error))".contains("the limit is"))
    #expect(start.duration(to: clock.now) < .seconds(5))
  }
}
