import Datasets
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Tokens and labels against those of TRL's SFTTrainer.
@Suite(.needsSharedData) struct TextReferenceTests {
  @Test func `texts, prompts and completions have the ids and labels of TRL`() throws {
    for reference in try Fixtures.lines("texts.jsonl") {
      let name = try #require(reference["tokenizer"]?.string)
      let set = try builder(name, try #require(reference["options"])).trainingSetWithoutRefusal(
        try Fixtures.rows(reference["rows"])
      )
      let expected = try #require(reference["expected"]?.array)
      #expect(set.count == expected.count, "\(name)")
      for (example, row) in zip(set, expected) {
        #expect(example.tokens == row["tokens"]?.ids, "\(name) \(reference["options"]?.text ?? "")")
        #expect(example.labels == row["labels"]?.ids, "\(name) \(reference["options"]?.text ?? "")")
      }
    }
  }

  private func builder(_ name: String, _ options: JSONValue) throws -> ExampleBuilder {
    let tokenizer = try Fixtures.tokenizer(name)
    // The files of gpt2 name no end.
    return try ExampleBuilder(
      tokenizer: tokenizer,
      templates: nil,
      options: ExampleOptions(
        maximumTokenCount: try #require(options["max_length"]?.integer),
        truncation: options["truncation_mode"] == "keep_end" ? .keepEnd : .keepStart,
        completionOnlyLoss: options["completion_only_loss"]?.bool,
        eosID: tokenizer.eosID ?? tokenizer.id(of: "<|endoftext|>"),
        now: Fixtures.now
      )
    )
  }
}

extension ExampleBuilder {
  /// The examples of all rows, those without trainable tokens left out as TRL does.
  fileprivate func trainingSetWithoutRefusal(_ rows: [JSONObject]) throws -> [TrainingExample] {
    try rows.enumerated().flatMap { index, members in
      let row = DatasetRow(number: index + 1, members: members)
      return try examples(row, shape: try DatasetShape(of: row)).filter { $0.trainableCount > 0 }
    }
  }
}
