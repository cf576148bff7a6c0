import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Values that Hugging Face tokenizers 0.23.3 computed; `Fixtures/make.py` says how.
@Suite struct ReferenceTests {
  struct Reference: Sendable, CustomTestStringConvertible {
    let model: String
    let text: String?
    let ids: [Int]
    let decoded: String
    let decodedAll: String?
    var testDescription: String { "\(model): \(text ?? "\(ids)")" }
  }

  static func references(of model: String) throws -> [Reference] {
    try Fixtures.lines("reference.jsonl").compactMap { line in
      guard line["model"]?.string == model else { return nil }
      return Reference(
        model: model,
        text: line["text"]?.string,
        ids: try #require(line["ids"]?.array).compactMap(\.integer),
        decoded: try #require(line["decoded"]?.string),
        decodedAll: line["decoded_all"]?.string
      )
    }
  }

  @Test(arguments: ["stories260K", "zh-poem-750k", "odd", "plain"])
  func `ids and texts equal those of the reference implementation`(model: String) throws {
    let tokenizer = try #require(try Fixtures.tokenizer(model), "the shared test data is not here")
    for reference in try Self.references(of: model) {
      if let text = reference.text { #expect(tokenizer.encode(text) == reference.ids, "\(reference.testDescription)") }
      #expect(
        Array(tokenizer.decode(reference.ids).utf8) == Array(reference.decoded.utf8),
        "\(reference.testDescription)"
      )
      if let all = reference.decodedAll {
        let ours = tokenizer.decode(reference.ids, skipSpecialTokens: false)
        #expect(Array(ours.utf8) == Array(all.utf8), "\(reference.testDescription)")
      }
    }
  }

  @Test(arguments: ["stories260K", "zh-poem-750k", "odd", "plain"])
  func `a stream gives what whole decoding gives, in whole characters`(model: String) throws {
    let tokenizer = try #require(try Fixtures.tokenizer(model), "the shared test data is not here")
    for reference in try Self.references(of: model) {
      var stream = tokenizer.makeStreamDecoder()
      var text = ""
      for id in reference.ids { text += stream.push(id) }
      text += stream.finish()
      #expect(Array(text.utf8) == Array(reference.decoded.utf8), "\(reference.testDescription)")
    }
  }

  @Test(.needsSharedData)
  func `the encodings in reference.json of stories260K come out`() throws {
    let tokenizer = try #require(try Fixtures.tokenizer("stories260K"))
    let reference = try Fixtures.json(Fixtures.sharedModels + "/stories260K/reference.json")
    for encoding in try #require(reference["encode"]?.array) + (reference["nll"]?.array ?? []) {
      let ids = try #require(encoding["ids"]?.array).compactMap(\.integer)
      #expect(tokenizer.encode(try #require(encoding["text"]?.string)) == ids)
    }
    let greedy = try #require(reference["greedy"]?["ids"]?.array).compactMap(\.integer)
    #expect(tokenizer.decode(greedy) == reference["greedy"]?["text"]?.string)
  }

  @Test(.needsSharedData)
  func `the poems in reference.json of zh-poem-750k come out`() throws {
    let tokenizer = try #require(try Fixtures.tokenizer("zh-poem-750k"))
    let reference = try Fixtures.json(Fixtures.sharedModels + "/zh-poem-750k/reference.json")
    for poem in try #require(reference["nll"]?.array) {
      let ids = try #require(poem["ids"]?.array).compactMap(\.integer)
      #expect(tokenizer.encode(try #require(poem["text"]?.string)) == ids)
    }
    for poem in try #require(reference["greedy"]?.array) {
      let ids = try #require(poem["ids"]?.array).compactMap(\.integer)
      let prompt = tokenizer.encode(try #require(poem["prompt"]?.string))
      #expect(ids.starts(with: prompt))
      #expect(tokenizer.decode(ids) == poem["text"]?.string)
    }
  }
}
