import Datasets
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Tokens and labels of conversations against TRL's training templates, and against transformers' offsets of the marks
/// that a template puts around answers.
@Suite(.needsSharedData) struct ConversationReferenceTests {
  @Test func `what the assistant says is found through fourteen chat templates`() throws {
    let references = try Fixtures.lines("conversations.jsonl")
    #expect(Set(references.compactMap { $0["template"]?.string }).count == 14)
    for reference in references {
      let name = "\(reference["template"]?.text ?? "") \(reference["conversation"]?.text ?? "")"
      let row = DatasetRow(number: 1, members: try #require(reference["row"]?.object))
      do {
        let builder = try builder(for: reference, assistantOnlyLoss: true)
        let example = try #require(try builder.examples(row, shape: .messages).first)
        var tokens = try #require(reference["tokens"]?.ids, "\(name)")
        var learned = try #require(reference["learned"]?.integers)
        if reference["needs_end"] == true {
          learned.append(tokens.count)
          tokens.append(Int32(builder.eosID))
        }
        #expect(example.tokens == tokens, "\(name)")
        let found = example.labels.indices.filter { example.labels[$0] != TrainingExample.ignoredLabel }
        #expect(found == learned, "\(name)")
      } catch DatasetError.template {
        #expect(reference["error"] != nil, "\(name)")
      } catch DatasetError.untraceableAssistant {
        // Its template drops the system message once an answer follows the question.
        #expect(name == "\"mistralai-Mistral-Nemo-Instruct-2407.jinja\" \"system\"")
      }
    }
  }

  @Test func `completions in messages have the ids and labels of TRL`() throws {
    for reference in try Fixtures.lines("completions.jsonl") {
      let builder = try builder(for: reference, assistantOnlyLoss: false)
      let set = try builder.trainingSet(rows: try Fixtures.rows(reference["rows"]))
      let expected = try #require(reference["expected"]?.array)
      #expect(set.examples.count == expected.count)
      for (example, row) in zip(set.examples, expected) {
        #expect(example.tokens == row["tokens"]?.ids, "\(reference["template"]?.text ?? "")")
        #expect(example.labels == row["labels"]?.ids, "\(reference["template"]?.text ?? "")")
      }
    }
  }

  private func builder(for reference: JSONValue, assistantOnlyLoss: Bool) throws -> ExampleBuilder {
    let tokenizer = try Fixtures.tokenizer(try #require(reference["tokenizer"]?.string))
    // Every token that ends a turn of these models, as their generation configurations list them.
    let ends = ["<|im_end|>", "<|eot_id|>", "<|end|>", "<|endoftext|>", "</s>"].compactMap(tokenizer.id)
    return try ExampleBuilder(
      tokenizer: tokenizer,
      templates: try Fixtures.templates(of: reference),
      options: ExampleOptions(assistantOnlyLoss: assistantOnlyLoss, eosIDs: ends, now: Fixtures.now)
    )
  }
}
