import Datasets
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Real files beside the repository, from their bytes to examples.
@Suite(.needsSharedData) struct SharedRowsTests {
  private func set(_ file: String, _ builder: ExampleBuilder, format: DatasetFormat? = nil) throws -> TrainingSet {
    var reader = try RowReader(path: "\(SharedData.path)/\(file)", format: format)
    var rows: [JSONObject] = []
    while let row = try reader.next() { rows.append(row.members) }
    return try builder.trainingSet(rows: rows)
  }

  @Test(arguments: ["alpaca_en", "alpaca_zh"])
  func `alpaca rows become a question that is read and an answer that is learned`(name: String) throws {
    let tokenizer = try Fixtures.tokenizer("qwen2")
    let templates = try ChatTemplates.load(directory: "\(SharedData.path)/tokenizers/qwen2")
    let builder = try ExampleBuilder(
      tokenizer: tokenizer,
      templates: templates,
      options: ExampleOptions(now: Fixtures.now)
    )
    let set = try set("text/\(name).jsonl", builder)
    #expect(set.report.rowCount == 800)
    #expect(set.report.shape == .alpaca)
    let rows = try SharedData.lines("text/\(name).jsonl")
    for (example, row) in zip(set.examples, rows) where !example.isTruncated {
      let runs = TokenPreview(example, tokenizer: tokenizer).runs
      let output = try #require(row["output"]?.string)
      #expect(runs.map(\.isLearned) == [false, true])
      // The tokenizer composes characters.
      #expect(runs.last?.text == output + "<|im_end|>\n")
    }
  }

  @Test func `GPT-2, without padding token and labels, just works`() throws {
    let tokenizer = try Fixtures.tokenizer("gpt2")
    let end = try #require(tokenizer.id(of: "<|endoftext|>"))
    let builder = try ExampleBuilder(
      tokenizer: tokenizer,
      templates: nil,
      options: ExampleOptions(maximumTokenCount: 512, eosIDs: [end], now: Fixtures.now)
    )
    let set = try set("text/tinyshakespeare.txt", builder)
    #expect(set.report.rowCount == 7222)
    #expect(set.examples.allSatisfy { $0.isTruncated || $0.tokens.last == Int32(end) && $0.labels.last == Int32(end) })
    let packs = Packing.bestFitDecreasing(set.examples.map(\.tokens.count), capacity: 512)
    let fill = Double(set.report.tokenCount) / Double(packs.count * 512)
    #expect(fill > 0.99)
    #expect(try self.set("text/alpaca_en.jsonl", builder).report.droppedCount <= 8)
  }
}
