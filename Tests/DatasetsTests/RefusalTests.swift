import Datasets
import JSON
import Testing

/// Datasets that cannot be trained on, each with what its refusal says.
struct RefusalTests {
  private func refusal(
    _ rows: [JSONObject],
    template: String? = nil,
    _ change: (inout ExampleOptions) -> Void = { _ in }
  ) -> String {
    let error = #expect(throws: DatasetError.self) {
      _ = try ByteTokenizer.builder(template: template, change).trainingSet(rows: rows)
    }
    return error.map { "\($0)" } ?? ""
  }

  /// JSON of a row, and words of its refusal.
  static let wrongRows: [(row: String, words: String)] = [
    (#"{"text": 1}"#, "row 1: text is a JSON integer, not a text"),
    (#"{"prompt": "a", "completion": ["b"]}"#, "prompt is a text that is not JSON"),
    (#"{"messages": "hello"}"#, "messages is a text that is not JSON"),
    (#"{"messages": []}"#, "messages has no messages"),
    (#"{"messages": ["a"]}"#, "messages[0] is a JSON string, not an object"),
    (#"{"messages": [{"role": "user"}]}"#, "messages[0].content is missing"),
    (#"{"messages": [{"content": "a"}]}"#, "messages[0].role is no role"),
    (#"{"messages": [{"role": "user", "content": 1}]}"#, "messages[0].content is a JSON integer"),
    (#"{"conversations": [{"from": "Ghost of a secret", "value": "a"}]}"#, "conversations[0].role is no role"),
    (#"{"instruction": "a", "output": "b", "history": [["q"]]}"#, "history[0] is not a list of a question and"),
    (#"{"messages": [{"role": "user", "content": "a"}], "tools": {"a": 1}}"#, "tools is not a list"),
    (#"{"input_ids": [1, 257]}"#, "input_ids[1] has the id 257, but the model's ids are 0 to 256"),
    (#"{"input_ids": [1, -1]}"#, "input_ids[1] has the id -1"),
    (#"{"input_ids": [1, 2.5]}"#, "input_ids[1] is not an id"),
    (#"{"input_ids": [1, 4294967297]}"#, "input_ids[1] is not an id"),
    (#"{"input_ids": [1, 2], "labels": [1]}"#, "labels has 1 elements, but input_ids has 2"),
    (#"{"input_ids": [1, 2], "labels": [1, 999]}"#, "labels[1] has the id 999"),
  ]

  @Test(arguments: wrongRows)
  func `a wrong row is refused with its place`(row: String, words: String) throws {
    let refusal = refusal([try #require(try JSONValue(parsing: row).object)], template: ExampleTests.template)
    #expect(refusal.contains(words), "\(refusal)")
    #expect(!refusal.contains("secret"))
  }

  @Test func `rows of another shape are refused`() {
    #expect(refusal([["text": "a"], ["messages": []]]).contains("row 2 has messages where the rows before have text"))
    #expect(refusal([["text": "a"], ["txt": "b"]]).contains("row 2 has the columns “txt”"))
    #expect(refusal([]).contains("the dataset has no rows"))
  }

  @Test func `conversations need a chat template`() {
    #expect(refusal([["messages": [["role": "user", "content": "a"]]]]).contains("need a chat template"))
  }

  @Test func `assistant_only_loss needs conversations`() {
    #expect(refusal([["text": "a"]]) { $0.assistantOnlyLoss = true }.contains("needs conversations"))
    let row: JSONObject = ["prompt": "a", "completion": "b"]
    #expect(refusal([row]) { $0.assistantOnlyLoss = true }.contains("needs conversations"))
  }

  @Test(arguments: [
    // Answers are numbered from the end.
    "{% for m in messages %}{{ loop.revindex }} {{ m.content }}|{% endfor %}",
    // An answer is written in capitals once others follow it.
    "{% for m in messages %}{{ m.content if loop.last else m.content | upper }}|{% endfor %}",
  ])
  func `a template that hides where the assistant speaks is refused`(template: String) {
    let messages: JSONValue = [
      ["role": "user", "content": "a"], ["role": "assistant", "content": "b"], ["role": "user", "content": "c"],
    ]
    let refusal = refusal([["messages": messages]], template: template) { $0.assistantOnlyLoss = true }
    #expect(refusal.contains("differently once message 2 is followed by others"), "\(refusal)")
    #expect(refusal.contains("{% generation %}"))
  }

  @Test func `a template's refusal names the row`() {
    let template = "{{ raise_exception('no ' + messages[0].content) }}"
    let refusal = refusal([["messages": [["role": "user", "content": "secret"]]]], template: template)
    #expect(refusal.contains("row 1: the chat template refused the conversation at line 1"))
    #expect(!refusal.contains("secret"))
  }

  @Test func `options out of range are refused`() {
    #expect(refusal([]) { $0.maximumTokenCount = 1 }.contains("max_length is 1"))
    #expect(refusal([]) { $0.maximumTokenCount = 1 << 40 }.contains("give 2 to 16777216 tokens"))
    #expect(refusal([]) { $0.eosID = 900 }.contains("eos_token has the id 900"))
    #expect(refusal([["text": "ab"]]) { $0.vocabularySize = 90 }.contains("eos_token has the id 256"))
  }
}
