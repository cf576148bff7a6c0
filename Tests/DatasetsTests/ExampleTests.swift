import Datasets
import JSON
import Testing
import Tokenizers

/// Tokens are bytes here, so that what is learned can be read off.
struct ExampleTests {
  static let template = """
    {% for m in messages %}<{{ m.role[0] }}>{{ m.content }}{% if m.role == 'assistant' %}<end>{% endif %}{% endfor %}\
    {% if add_generation_prompt %}<a>{% endif %}
    """

  /// The text of the first example with what is learned in brackets; `<end>` is one token.
  private func marked(
    _ members: JSONObject,
    template: String? = nil,
    _ change: (inout ExampleOptions) -> Void = { _ in }
  ) throws -> String {
    let builder = try ByteTokenizer.builder(template: template, change)
    let set = try builder.trainingSet(rows: [members])
    return TokenPreview(try #require(set.examples.first), tokenizer: try ByteTokenizer.make()).markedText
  }

  @Test func `a text is learned to its end, which is appended once`() throws {
    #expect(try marked(["text": "abc"]) == "a⟦bc<end>⟧")
    #expect(try marked(["text": "abc<end>"]) == "a⟦bc<end>⟧")
    #expect(try marked(["body": "abc"]) { $0.textColumn = "body" } == "a⟦bc<end>⟧")
    // Any end of the generation configuration counts: here a full stop.
    #expect(try marked(["text": "abc."]) { $0.eosIDs = [0x2e] } == "a⟦bc.⟧")
  }

  @Test func `prompts are only read, unless told otherwise`() throws {
    #expect(try marked(["prompt": "Q: ", "completion": "A"]) == "Q: ⟦A<end>⟧")
    #expect(try marked(["prompt": "Q: ", "completion": "A"]) { $0.completionOnlyLoss = false } == "Q⟦: A<end>⟧")
  }

  @Test func `alpaca's answers are learned, those of its history too`() throws {
    let row: JSONObject = [
      "instruction": "do", "input": "it", "output": "done", "system": "S", "history": [["q", "a"]],
    ]
    #expect(try marked(row) == "S\n\nq\n⟦a<end>⟧do\nit\n⟦done<end>⟧")
    #expect(try marked(row, template: Self.template) == "<s>S<u>q<a>⟦a<end>⟧<u>do\nit<a>⟦done<end>⟧")
    #expect(try marked(["instruction": "do", "output": "x", "history": ""]) == "do\n⟦x<end>⟧")
  }

  @Test func `of conversations all is learned, or what the assistant says`() throws {
    let row: JSONObject = ["messages": [["role": "user", "content": "hi"], ["role": "assistant", "content": "ho"]]]
    #expect(try marked(row, template: Self.template) == "<⟦u>hi<a>ho<end>⟧")
    #expect(try marked(row, template: Self.template) { $0.assistantOnlyLoss = true } == "<u>hi<a>⟦ho<end>⟧")
    let shared: JSONObject = [
      "system": "S", "conversations": #"[{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]"#,
    ]
    #expect(try marked(shared, template: Self.template) { $0.assistantOnlyLoss = true } == "<s>S<u>hi<a>⟦ho<end>⟧")
  }

  @Test func `a turn that the template does not end is ended`() throws {
    let row: JSONObject = ["messages": [["role": "user", "content": "hi"], ["role": "assistant", "content": "ho"]]]
    let endless =
      "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
    #expect(
      try marked(row, template: endless) { $0.assistantOnlyLoss = true } == "user: hi\nassistant: ⟦ho\n<end>⟧"
    )
  }

  @Test func `generation blocks say what the assistant says`() throws {
    let row: JSONObject = ["messages": [["role": "user", "content": "hi"], ["role": "assistant", "content": "hö"]]]
    let template = """
      é{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<end>{% endgeneration %}\
      {% else %}{{ m.content }}|{% endif %}{% endfor %}
      """
    #expect(try marked(row, template: template) { $0.assistantOnlyLoss = true } == "éhi|⟦hö<end>⟧")
  }

  @Test func `token columns are taken as they are, without padding`() throws {
    let builder = try ByteTokenizer.builder()
    let set = try builder.trainingSet(rows: [
      ["input_ids": [1, 2, 3]],
      ["input_ids": [1, 2, 0, 0], "labels": [-100, 2, 0, 0], "attention_mask": [1, 1, 0, 0]],
    ])
    #expect(set.examples.map(\.tokens) == [[1, 2, 3], [1, 2]])
    #expect(set.examples.map(\.labels) == [[1, 2, 3], [-100, 2]])
  }

  @Test func `long rows are cut at either end, or split, and counted`() throws {
    let rows: [JSONObject] = [["text": "abcdefg"], ["text": "x"]]
    func texts(_ truncation: ExampleOptions.Truncation) throws -> (TrainingSet, [String]) {
      let set = try ByteTokenizer.builder {
        $0.maximumTokenCount = 3
        $0.truncation = truncation
      }.trainingSet(rows: rows)
      let tokenizer = try ByteTokenizer.make()
      return (set, set.examples.map { tokenizer.decode($0.tokens.map { Int($0) }, skipSpecialTokens: false) })
    }
    let (start, startTexts) = try texts(.keepStart)
    #expect(startTexts == ["abc", "x<end>"])
    #expect(start.report.truncatedCount == 1)
    #expect(start.report.tokenCount == 5)
    #expect(start.report.trainableTokenCount == 3)
    #expect(try texts(.keepEnd).1 == ["fg<end>", "x<end>"])
    let (split, splitTexts) = try texts(.split)
    #expect(splitTexts == ["abc", "def", "g<end>", "x<end>"])
    #expect(split.report.truncatedCount == 0)
  }

  @Test func `one row in a hundred may have nothing to learn`() throws {
    let good = Array(repeating: ["prompt": "a", "completion": "b"] as JSONObject, count: 99)
    let long: JSONObject = ["prompt": .string(String(repeating: "a", count: 20)), "completion": "b"]
    let builder = try ByteTokenizer.builder { $0.maximumTokenCount = 8 }
    let report = try builder.trainingSet(rows: good + [long]).report
    #expect(report.rowCount == 100)
    #expect(report.exampleCount == 99)
    #expect(report.droppedCount == 1)
    let error = #expect(throws: DatasetError.self) { _ = try builder.trainingSet(rows: good.dropLast() + [long]) }
    #expect(error?.code == "dataset_empty_after_filter")
    let description = error.map { "\($0)" } ?? ""
    #expect(description.contains("1 of 99 rows have no token to learn"))
    #expect(description.contains("max_length"))
  }

  @Test func `the report has percentiles by nearest rank`() throws {
    let rows = (1...100).map { ["text": .string(String(repeating: "a", count: $0))] as JSONObject }
    let report = try ByteTokenizer.builder().trainingSet(rows: rows).report
    #expect(report.lengths == LengthPercentiles(Array(2...101)))
    #expect(report.json["lengths"] == ["p50": 51, "p90": 91, "p99": 100, "max": 101])
  }

  @Test func `a preview joins the tokens of a character`() throws {
    let builder = try ByteTokenizer.builder()
    let example = try #require(try builder.trainingSet(rows: [["prompt": "é", "completion": "你"]]).examples.first)
    let preview = TokenPreview(example, tokenizer: try ByteTokenizer.make())
    #expect(preview.markedText == "é⟦你<end>⟧")
    #expect(preview.runs.map(\.tokenCount) == [2, 4])
    #expect(preview.tokens.map(\.id) == [0xc3, 0xa9, 0xe4, 0xbd, 0xa0, 256])
    #expect(preview.tokens.last == TokenPreview.Token(id: 256, text: "<end>", isLearned: true))
    #expect(TokenPreview(example, tokenizer: try ByteTokenizer.make(), tokenLimit: 2).tokens.count == 2)
  }
}
