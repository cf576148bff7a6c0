import FuzzTestSupport
import Grammars
import GrammarsTestSupport
import JSON
import Testing

@Suite(.serialized) struct FuzzTests {
  /// The longest that one compilation may take, on a machine that does other things as well.
  private static let patience = Duration.seconds(10)

  private func fuzz(_ name: String, _ attempt: (inout SeededGenerator) throws -> Void) throws {
    let clock = ContinuousClock()
    let deadline = clock.now + Proof.fuzzDuration
    var generator = SeededGenerator(state: 1)
    var count = 0
    while clock.now < deadline {
      count += 1
      let seed = generator.state
      let start = clock.now
      try attempt(&generator)
      #expect(start.duration(to: clock.now) < Self.patience, "seed \(seed)")
    }
    if Proof.isOn { print("fuzzed \(count) \(name)") }
  }

  /// Walks into the language and back out: whatever the grammar, a text that was begun can be finished.
  private func exercise(_ grammar: Grammar, _ words: String, _ generator: inout SeededGenerator) throws {
    // One in four: the compilers are what is fuzzed here, and they are faster than a walk.
    guard Int.random(in: 0..<4, using: &generator) == 0 else { return }
    let masks = try GrammarMasks(grammar: grammar, vocabulary: Vocabularies.smallVocabulary)
    var choice = RandomChoice(generator: generator, isEven: true)
    let limit = Int.random(in: 0..<12, using: &choice.generator)
    let draft = Draft(masks, vocabulary: Vocabularies.small, limit: limit) { choice.token(in: $0) }
    #expect(draft.hasEnded || draft.tokens.count == limit, "stuck: \(words)")
    #expect(draft.hasEnded || grammar.accepts(draft.text + draft.completion), "\(words)")
    generator.state = choice.generator.state
  }

  @Test func `the schema compiler survives arbitrary schemas`() throws {
    try fuzz("schemas") { generator in
      var schema = SchemaCatalog.all.randomElement(using: &generator) ?? .null
      for _ in 0..<Int.random(in: 1...4, using: &generator) { schema = Self.mutate(schema, &generator) }
      let grammar: Grammar
      do throws(GrammarError) {
        grammar = try Grammar.schema(schema)
      } catch {
        #expect(!error.description.isEmpty)
        return
      }
      try exercise(grammar, schema.text, &generator)
    }
  }

  @Test func `the expression parser survives arbitrary text`() throws {
    let pieces =
      Array("ab01.*+?|()[]{}^$\\,-é🎉\"").map { String($0) } + [
        "(?:", "[^", "\\d", "\\W", "{2,3}", "{0,40}", "\\u00e9", "(?=", "\\x41", "(?P<n>",
      ]
    try fuzz("expressions") { generator in
      let pattern = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }
      .joined()
      let grammar: Grammar
      do throws(GrammarError) {
        grammar = try Grammar.expression(pattern)
      } catch {
        #expect(!error.description.isEmpty)
        return
      }
      try exercise(grammar, pattern, &generator)
    }
  }

  private static let values: [JSONValue] = [
    nil, true, false, 0, 1, -1, 7, 1000, 1_000_000_000_000, 0.5, 1e-7, 1e30, "", "string", "object", "array", "integer",
    "number", "date", "ipv6", "^a{1,9}$", "(a|b)*", "#", "#/$defs/a", "#/properties/a", [], ["a"], [:],
    ["type": "string"], ["type": "integer"], ["$ref": "#"], [["type": "null"], ["$ref": "#"]],
  ]

  private static let keys = [
    "type", "properties", "required", "items", "anyOf", "oneOf", "enum", "const", "$ref", "$defs", "minimum", "maximum",
    "exclusiveMinimum", "multipleOf", "minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "a",
    "title",
    "additionalProperties",
  ]

  private static func mutate(_ value: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
    let isHere = Int.random(in: 0..<5, using: &generator) == 0
    switch value {
    case .object(var members) where !isHere && !members.isEmpty:
      let key = members.keys.randomElement(using: &generator) ?? ""
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: members.removeValue(forKey: key)
      case 1: members[keys.randomElement(using: &generator) ?? ""] = values.randomElement(using: &generator)
      case 2: members[keys.randomElement(using: &generator) ?? ""] = SchemaCatalog.all.randomElement(using: &generator)
      default: members[key] = members[key].map { mutate($0, &generator) }
      }
      return .object(members)
    case .array(var elements) where !isHere && !elements.isEmpty:
      let index = Int.random(in: 0..<elements.count, using: &generator)
      elements[index] = mutate(elements[index], &generator)
      return .array(elements)
    default:
      return (Bool.random(using: &generator) ? values : SchemaCatalog.all).randomElement(using: &generator) ?? .null
    }
  }
}
