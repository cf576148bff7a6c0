import FuzzTestSupport
import Grammars
import GrammarsTestSupport
import JSON
import Testing

@Suite struct ResponseFormatTests {
  @Test func `the shapes of OpenAI and the expression are read`() throws {
    #expect(try ResponseFormat(["type": "text"]) == .text)
    #expect(try ResponseFormat(["type": "json_object"]) == .jsonObject)
    let schema: JSONValue = ["type": "boolean"]
    #expect(
      try ResponseFormat(["type": "json_schema", "json_schema": ["name": "n", "strict": true, "schema": schema]])
        == .jsonSchema(schema)
    )
    #expect(try ResponseFormat(["type": "regex", "pattern": "a+"]) == .regex("a+"))
    #expect(try ResponseFormat.text.grammar() == nil)
  }

  @Test(
    arguments: [
      [:], ["type": "xml"], ["type": "json_schema"], ["type": "json_schema", "json_schema": ["name": "n"]],
      ["type": "regex"],
      "json_object", nil,
    ] as [JSONValue]
  )
  func `other shapes are refused`(format: JSONValue) {
    #expect(throws: GrammarError.self) { try ResponseFormat(format) }
  }

  @Test func `a cache gives equal answers for equal formats, and for new ones when it is small`() throws {
    for byteLimit in [0, 1 << 20, 256 << 20] {
      let cache = GrammarCache(vocabulary: Vocabularies.smallVocabulary, byteLimit: byteLimit)
      #expect(try cache.makeConstraint(for: .text) == nil)
      for _ in 0..<3 {
        for digit in 0..<10 {
          let format = ResponseFormat.regex("\(digit)+")
          var constraint = try #require(try cache.makeConstraint(for: format))
          let isAllowed = constraint.advance(1 + 0x30 + digit)
          #expect(isAllowed && constraint.isComplete && constraint.allowedTokens().contains(0))
        }
      }
    }
    let cache = GrammarCache(vocabulary: Vocabularies.smallVocabulary)
    #expect(throws: GrammarError.self) { try cache.makeConstraint(for: .regex("(")) }
  }

  @Test func `many answers at once share a grammar's masks`() async throws {
    let cache = GrammarCache(vocabulary: Vocabularies.smallVocabulary)
    let format = ResponseFormat.jsonSchema(CostTests.schema)
    let texts = try await withThrowingTaskGroup(of: [Int].self) { group in
      for _ in 0..<16 {
        group.addTask {
          var constraint = try #require(try cache.makeConstraint(for: format))
          var choice = RandomChoice(generator: SeededGenerator(state: 5), isEven: true)
          var mask = Array(repeating: 0 as UInt64, count: Vocabularies.smallVocabulary.wordCount)
          var tokens: [Int] = []
          while tokens.count < 100 && !constraint.hasEnded {
            constraint.fill(mask: &mask)
            guard let token = choice.token(in: mask), constraint.advance(token) else { break }
            tokens.append(token)
          }
          return tokens
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(texts.count == 1)
  }
}
