import FuzzTestSupport
import Grammars
import GrammarsTestSupport
import JSON
import SharedTestData
import Testing

@Suite(.needsSharedData) struct StructuredOutputTests {
  static let seeds = Proof.isOn ? 20 : 1

  @Test func `the catalogue holds two hundred schemas, all different`() {
    #expect(SchemaCatalog.all.count >= 200)
    #expect(Set(SchemaCatalog.all).count == SchemaCatalog.all.count)
  }

  @Test(.needsJSONSchema) func `the judge of documents finds what is wrong`() throws {
    let examples: [(schema: JSONValue, text: String)] = [
      (["type": "integer", "maximum": 3], "3"), (["type": "integer", "maximum": 3], "4"),
      (["type": "string", "format": "date"], #""2023-02-29""#), (["type": "string", "maxLength": 1], #""ab""#),
      (["type": "array", "items": ["type": "null"]], "[null"),
    ]
    #expect(try Python.validate(examples).map(\.isNull) == [true, false, false, false, false])
  }

  @Test(.needsJSONSchema) func `documents over 512 tokens validate, finished or cut off and completed`() throws {
    try check(Vocabularies.stories260K(), try Vocabularies.storiesVocabulary.get())
  }

  @Test(.needsJSONSchema) func `documents over 151 936 tokens validate, finished or cut off and completed`() throws {
    try check(Vocabularies.qwen2(), try Vocabularies.qwenVocabulary.get())
  }

  private func check(_ tokens: [[UInt8]], _ vocabulary: TokenVocabulary) throws {
    var documents: [(schema: JSONValue, text: String)] = []
    var (ended, unhindered) = (0, 0)
    for (index, schema) in SchemaCatalog.all.enumerated() {
      let masks = try GrammarMasks(grammar: .schema(schema), vocabulary: vocabulary)
      for seed in 0..<Self.seeds {
        var choice = RandomChoice(
          generator: SeededGenerator(state: UInt64(index * 1000 + seed)),
          isEven: seed.isMultiple(of: 2)
        )
        // Every fourth answer is cut off early, wherever that falls.
        let isHindered = (index + seed).isMultiple(of: 4)
        let limit = isHindered ? Int.random(in: 0..<30, using: &choice.generator) : 1024
        let draft = Draft(masks, vocabulary: tokens, limit: limit) { choice.token(in: $0) }
        let text = try #require(String(validating: draft.text + draft.completion, as: UTF8.self), "\(schema.text)")
        documents.append((schema, text))
        _ = try JSONValue(parsing: text)
        if draft.hasEnded { #expect(draft.completion.isEmpty) }
        if !isHindered {
          unhindered += 1
          ended += draft.hasEnded ? 1 : 0
        }
      }
    }
    #expect(Double(ended) >= 0.8 * Double(unhindered), "\(ended) of \(unhindered) came to their end")
    for (document, problem) in zip(documents, try Python.validate(documents)) where !problem.isNull {
      Issue.record("\(document.schema.text) got \(document.text): \(problem.text)")
    }
  }

  @Test func `any object is JSON and can be completed wherever it is cut off`() throws {
    let tokens = try Vocabularies.stories260K()
    let masks = try GrammarMasks(grammar: .anyObject(), vocabulary: try Vocabularies.storiesVocabulary.get())
    for seed in 0..<(Proof.isOn ? 2000 : 100) {
      var choice = RandomChoice(generator: SeededGenerator(state: UInt64(seed)), isEven: seed.isMultiple(of: 2))
      let limit = Int.random(in: 0..<200, using: &choice.generator)
      let draft = Draft(masks, vocabulary: tokens, limit: limit) { choice.token(in: $0) }
      do throws(JSONError) {
        #expect(try JSONValue(parsing: draft.text + draft.completion).object != nil)
      } catch {
        // RFC 8259 lets a key come twice, our parser does not.
        guard case .duplicateKey = error.reason else { throw error }
      }
    }
  }
}
