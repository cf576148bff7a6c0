import Datasets
import JSON
import Testing

struct ShapeTests {
  static let shapes: [(row: String, shape: DatasetShape)] = [
    (#"{"text": "a"}"#, .text), (#"{"prompt": "a", "completion": "b"}"#, .promptCompletion),
    (#"{"messages": []}"#, .messages), (#"{"conversations": [], "id": 1}"#, .sharegpt),
    (#"{"instruction": "a", "input": null, "output": "b"}"#, .alpaca),
    (#"{"input_ids": [1], "text": "a"}"#, .tokens),
    (#"{"prompt": null, "completion": null, "text": "a"}"#, .text),
  ]

  @Test(arguments: shapes) func `columns say the shape`(row: String, shape: DatasetShape) throws {
    let members = try #require(try JSONValue(parsing: row).object)
    #expect(try DatasetShape(of: DatasetRow(number: 1, members: members)) == shape)
  }

  static let unknown: [(row: String, textColumn: String?, words: String)] = [
    (#"{"promt": "a", "completion": "b"}"#, nil, "“promt”: did you mean “prompt”?"),
    (#"{"Text": "a"}"#, nil, "“Text”: did you mean “text”?"),
    (#"{"prompt": "a", "completion": null}"#, nil, "“completion” is missing or null"),
    (#"{"prompt": "a", "chosen": "b", "rejected": "c"}"#, nil, "preference data"),
    (#"{"content": "a"}"#, "contents", "which the row lacks; did you mean “content”?"),
    (#"{"question": "a"}"#, nil, "row 3 (line 7) has the columns “question”; needed are input_ids"),
    ("{}", nil, "(none)"),
  ]

  @Test(arguments: unknown)
  func `unknown columns are refused with what is needed`(row: String, textColumn: String?, words: String) throws {
    let members = try #require(try JSONValue(parsing: row).object)
    let error = #expect(throws: DatasetError.self) {
      _ = try DatasetShape(of: DatasetRow(number: 3, line: 7, members: members), textColumn: textColumn)
    }
    let description = error.map { "\($0)" } ?? ""
    #expect(description.contains(words), "\(description)")
  }

  @Test func `another column may hold the text`() throws {
    let row = DatasetRow(number: 1, members: ["content": "a", "messages": []])
    #expect(try DatasetShape(of: row, textColumn: "content") == .text)
  }
}
