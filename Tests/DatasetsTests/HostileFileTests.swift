import Datasets
import FuzzTestSupport
import JSON
import Testing

/// Files and rows from anywhere: each is read or refused, none ends the process.
struct HostileFileTests {
  @Test(arguments: ["rows.jsonl", "rows.json", "rows.csv", "rows.txt"])
  func `mutated files are read or refused`(name: String) throws {
    let corpus = [
      "{\"text\": \"a\\u00e9\", \"n\": [1, {\"b\": null}]}\n{\"text\": \"b\"}\n",
      "[{\"text\": \"a\"}, {\"messages\": [{\"role\": \"user\", \"content\": \"b\"}]}]",
      "a,b\r\n\"x\"\"y\",1\r\n\"two\nlines\",2\r\n", "one\ntwo\n\nthree 你好\n",
    ]
    var mutator = Mutator(
      corpus: corpus.map { Array($0.utf8) },
      words: ["\"", "\"\"", ",", "\r", "\n", "[", "]", "{", "}", "\\", "\u{FEFF}", "\\ud800"].map { Array($0.utf8) },
      seed: 20_240_726
    )
    for _ in 0..<2000 {
      do {
        var reader = try RowReader(bytes: mutator.next(), name: name)
        while try reader.next() != nil {}
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }

  @Test func `mutated rows become examples or are refused`() throws {
    let rows: [JSONValue] = [
      [
        "messages": [["role": "user", "content": "a"], ["role": "assistant", "content": "b", "tool_calls": []]],
        "tools": [],
      ],
      ["conversations": [["from": "human", "value": "a"], ["from": "gpt", "value": "b"]], "system": "s"],
      ["instruction": "a", "input": "b", "output": "c", "history": [["q", "a"]]],
      ["input_ids": [1, 2, 3], "labels": [-100, 2, 3], "attention_mask": [1, 1, 0]],
      ["prompt": [["role": "user", "content": "a"]], "completion": [["role": "assistant", "content": "b"]]],
    ]
    var mutator = Mutator(
      corpus: rows.map { Array($0.text.utf8) },
      words: ["null", "[]", "{}", "\"\"", "-100", "1e99", "\"role\"", "\"assistant\"", "true"].map { Array($0.utf8) },
      seed: 6
    )
    let builder = try ByteTokenizer.builder(template: ExampleTests.template) {
      $0.assistantOnlyLoss = true
      $0.maximumTokenCount = 32
    }
    var exampleCount = 0
    for _ in 0..<2000 {
      guard let members = (try? JSONValue(parsing: mutator.next()))?.object else { continue }
      let row = DatasetRow(number: 1, members: members)
      do {
        exampleCount += try builder.examples(row, shape: try DatasetShape(of: row)).count
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
    #expect(exampleCount > 20)
  }

  @Test func `a conversation of too many messages is refused`() throws {
    let message: JSONValue = ["role": "user", "content": "a"]
    let row: JSONObject = ["messages": .array(Array(repeating: message, count: 513))]
    let error = #expect(throws: DatasetError.self) {
      _ = try ByteTokenizer.builder(template: ExampleTests.template).trainingSet(rows: [row])
    }
    #expect(error.map { "\($0)" }?.contains("513 messages") == true)
  }
}
