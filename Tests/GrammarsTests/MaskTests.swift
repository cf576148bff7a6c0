import FuzzTestSupport
import Grammars
import GrammarsTestSupport
import JSON
import SharedTestData
import Testing

@Suite struct MaskTests {
  /// The slow twin: each token's bytes through the grammar.
  private func allowed(after tokens: [Int], _ masks: GrammarMasks) -> [UInt64] {
    var constraint = masks.makeConstraint()
    for token in tokens { constraint.advance(token) }
    var mask = Array(repeating: 0 as UInt64, count: masks.vocabulary.wordCount)
    for token in 0..<masks.vocabulary.count {
      var next = constraint
      if next.advance(token) { mask[token >> 6] |= 1 << UInt64(token & 63) }
    }
    return mask
  }

  @Test func `a mask holds exactly the tokens that the grammar can read`() throws {
    for (index, schema) in SchemaCatalog.all.enumerated() {
      let masks = try GrammarMasks(grammar: .schema(schema), vocabulary: Vocabularies.smallVocabulary)
      var choice = RandomChoice(generator: SeededGenerator(state: UInt64(index)), isEven: true)
      var path: [Int] = []
      _ = Draft(masks, vocabulary: Vocabularies.small, limit: Proof.isOn ? 200 : 12) { mask in
        #expect(mask == allowed(after: path, masks), "\(schema.text) after \(path)")
        guard let token = choice.token(in: mask) else {
          Issue.record("\(schema.text) is stuck after \(path)")
          return nil
        }
        path.append(token)
        return token
      }
    }
  }

  @Test(.needsSharedData) func `a mask over 151 936 tokens holds exactly what the grammar can read`() throws {
    let tokens = try Vocabularies.qwen2()
    let vocabulary = try Vocabularies.qwenVocabulary.get()
    for (index, schema) in SchemaCatalog.all.enumerated() where Proof.isOn || index.isMultiple(of: 29) {
      let masks = try GrammarMasks(grammar: .schema(schema), vocabulary: vocabulary)
      var choice = RandomChoice(generator: SeededGenerator(state: UInt64(index)), isEven: true)
      var path: [Int] = []
      _ = Draft(masks, vocabulary: tokens, limit: 5) { mask in
        #expect(mask == allowed(after: path, masks), "\(schema.text) after \(path)")
        let token = choice.token(in: mask)
        if let token { path.append(token) }
        return token
      }
    }
  }

  @Test func `an end token is allowed exactly where the text is complete`() throws {
    let masks = try GrammarMasks(
      grammar: .schema(["type": "integer", "minimum": 0]),
      vocabulary: Vocabularies.smallVocabulary
    )
    var constraint = masks.makeConstraint()
    #expect(!constraint.isComplete && !constraint.allowedTokens().contains(0))
    #expect(advance(&constraint, [0]) == [false])
    #expect(advance(&constraint, [1 + 0x37]) == [true])
    #expect(constraint.isComplete && !constraint.isFinished && constraint.allowedTokens().contains(0))
    #expect(advance(&constraint, [1 + 0x22, 0, 1 + 0x37]) == [false, true, false])
    #expect(constraint.isFinished && constraint.hasEnded)
    var mask: [UInt64] = Array(repeating: .max, count: masks.vocabulary.wordCount)
    constraint.fill(mask: &mask)
    #expect(mask.allSatisfy { $0 == 0 })
  }

  @Test func `a text that nothing can follow is finished before an end token comes`() throws {
    let masks = try GrammarMasks(grammar: .schema(["const": true]), vocabulary: Vocabularies.smallVocabulary)
    var constraint = masks.makeConstraint()
    #expect(advance(&constraint, "true".utf8.map { 1 + Int($0) }) == [true, true, true, true])
    #expect(constraint.isFinished && !constraint.hasEnded)
    #expect(advance(&constraint, [-1, .max]) == [false, false])
  }

  private func advance(_ constraint: inout Constraint, _ tokens: [Int]) -> [Bool] {
    tokens.map { constraint.advance($0) }
  }

  @Test func `a vocabulary without a byte that the grammar needs is refused`() throws {
    let letters = TokenVocabulary(tokens: (0x20...0x7a).map { [UInt8($0)] }, endTokens: [])
    _ = try GrammarMasks(grammar: .expression("[a-z]+"), vocabulary: letters)
    #expect(throws: GrammarError.missingToken(byte: UInt8(ascii: "{"))) {
      try GrammarMasks(grammar: .schema(["type": "object", "properties": [:]]), vocabulary: letters)
    }
    #expect(throws: GrammarError.self) { try GrammarMasks(grammar: .expression("你"), vocabulary: letters) }
  }

  @Test func `masks stay right when the cache holds next to nothing`() throws {
    let schema = SchemaCatalog.all[100]
    let grammar = try Grammar.schema(schema)
    let small = try GrammarMasks(grammar: grammar, vocabulary: Vocabularies.smallVocabulary, cacheByteLimit: 1000)
    let large = try GrammarMasks(grammar: grammar, vocabulary: Vocabularies.smallVocabulary)
    for seed in 0..<20 as Range<UInt64> {
      let drafts = [small, large].map { masks in
        var choice = RandomChoice(generator: SeededGenerator(state: seed), isEven: true)
        return Draft(masks, vocabulary: Vocabularies.small, limit: 100) { choice.token(in: $0) }.tokens
      }
      #expect(drafts[0] == drafts[1])
    }
  }
}
