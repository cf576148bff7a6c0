import Executors
import Foundation
import Grammars
import GrammarsTestSupport
import Inference
import JSON
import Jobs
import Models
import SharedTestData
import Tensors
import Testing
import Tokenizers

/// The catalogue of schemas, answered by the engine; PyPI's jsonschema judges.
@Suite(.needsSharedData, .needsJSONSchema, .serialized) struct StructuredOutputTests {
  private static let isProof = ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil
  private static let seeds = isProof ? 20 : 1

  @Test func `answers of a small model validate, or begin a document that does`() async throws {
    try await check(try await Stories.load(threads: 2), every: Self.isProof ? 1 : 3)
  }

  @Test func `answers over 151 936 tokens validate, or begin a document that does`() async throws {
    try await WideModel.with { model in try await check(model, every: Self.isProof ? 1 : 20) }
  }

  @Test(.enabled(if: isProof, "measured by make proof"))
  func `what masking costs of a decode step is printed`() async throws {
    try await WideModel.with { try await Self.measure($0, "151 936 tokens") }
    try await Self.measure(try await Stories.load(threads: 2), "512 tokens")
  }

  /// The same answers with and without a form, in turn; the first round fills the caches.
  private static func measure(_ model: LoadedModel, _ name: String) async throws {
    defer { model.engine.shutdown() }
    var rounds: [(free: Double, masked: Double)] = []
    for _ in 0..<10 {
      let free = try await stepSeconds(model, .text)
      let masked = try await stepSeconds(model, .regex("[ -~]{400}"))
      rounds.append((free, masked))
    }
    let free = rounds.dropFirst().map(\.free).sorted()[4], masked = rounds.dropFirst().map(\.masked).sorted()[4]
    let share = (masked / free - 1) * 100
    print(
      "· masking, \(name): a step \(Int(free * 1e6)) µs free, \(Int(masked * 1e6)) µs masked,",
      "\(share.formatted(.number.precision(.fractionLength(1)))) %"
    )
  }

  private static func stepSeconds(_ model: LoadedModel, _ format: Jobs.ResponseFormat) async throws -> Double {
    var parameters = GenerateParameters(model: "m", prompt: "Once upon a time")
    parameters.sampling.temperature = 1.5
    parameters.sampling.seed = 1
    parameters.ending.maxTokens = 100
    parameters.ending.ignoresEOS = format == .text
    parameters.output.responseFormat = format
    let before = model.engine.statistics
    _ = try await model.generate(parameters)
    let after = model.engine.statistics
    return (after.stepDuration - before.stepDuration) / .seconds(1) / Double(after.stepCount - before.stepCount)
  }

  private struct Answer: Sendable {
    let schema: JSONValue
    let result: GenerationResult
  }

  private func check(_ model: LoadedModel, every step: Int) async throws {
    defer { model.engine.shutdown() }
    let schemas = stride(from: 0, to: SchemaCatalog.all.count, by: step).map { SchemaCatalog.all[$0] }
    var documents: [(schema: JSONValue, text: String)] = []
    var ended = 0
    for seed in 0..<Self.seeds {
      for answer in try await answers(model, schemas, seed: UInt64(seed)) {
        if answer.result.finishReason == .stop { ended += 1 }
        documents.append((answer.schema, try completed(answer, model)))
      }
    }
    #expect(Double(ended) >= 0.8 * Double(documents.count), "\(ended) of \(documents.count) came to their end")
    for (document, problem) in zip(documents, try Python.validate(documents)) where !problem.isNull {
      Issue.record("\(document.schema.text) got \(document.text): \(problem.text)")
    }
  }

  private func answers(_ model: LoadedModel, _ schemas: [JSONValue], seed: UInt64) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      var answers: [Answer] = []
      for (index, schema) in schemas.enumerated() {
        if index >= 32, let answer = try await group.next() { answers.append(answer) }
        group.addTask {
          var parameters = GenerateParameters(model: "m", prompt: "Once upon a time")
          parameters.sampling.temperature = 1.5
          parameters.sampling.seed = seed
          parameters.ending.maxTokens = 480
          parameters.output.responseFormat = .jsonSchema(schema)
          return Answer(schema: schema, result: try await model.generate(parameters).choices[0])
        }
      }
      for try await answer in group { answers.append(answer) }
      return answers
    }
  }

  /// The text, and for one that was cut off the shortest way to its end.
  private func completed(_ answer: Answer, _ model: LoadedModel) throws -> String {
    if answer.result.finishReason == .stop { return answer.result.text }
    let tokens = (0..<model.engine.configuration.vocabularySize).map { model.tokenizer.textBytes(of: $0) }
    let grammar = try Grammar.schema(answer.schema)
    let masks = try GrammarMasks(grammar: grammar, vocabulary: TokenVocabulary(tokens: tokens, endTokens: []))
    var constraint = masks.makeConstraint()
    for token in answer.result.tokens {
      let isAllowed = constraint.advance(token)
      #expect(isAllowed)
    }
    let bytes = answer.result.tokens.flatMap { tokens[$0] } + constraint.shortestCompletion()
    return try #require(String(validating: bytes, as: UTF8.self))
  }
}
