import Datasets
import JSON
import Testing

struct TokenizedRowsTests {
  private static let rows = (0..<50).map { ["text": .string("row \($0)")] as JSONObject }

  @Test func `pages in parts become what all rows at once become`() throws {
    let builder = try ByteTokenizer.builder()
    let whole = try builder.trainingSet(rows: Self.rows)
    var tokenized = TokenizedRows(builder)
    for page in [Array(Self.rows[..<7]), Array(Self.rows[7...])] {
      let tokenizer = try tokenized.tokenizer(from: page[0])
      for part in [page[..<3], page[3...]] { tokenized.append(try tokenizer.tokenize(part)) }
    }
    let (train, evaluation) = try tokenized.finish()
    #expect(train.examples == whole.examples && train.report == whole.report)
    #expect(evaluation == nil)
  }

  @Test func `a split keeps back the rows that it would of all at once`() throws {
    let builder = try ByteTokenizer.builder()
    let split = try EvaluationSplit(.fraction(0.3), seed: 5)
    let sides = zip(Self.rows, try split.isEvaluation(Self.rows))
    var tokenized = TokenizedRows(builder, split: split)
    for row in Self.rows { tokenized.append(try tokenized.tokenizer(from: row).tokenize([row])) }
    let (train, evaluation) = try tokenized.finish()
    #expect(train.examples == (try builder.trainingSet(rows: sides.filter { !$1 }.map(\.0))).examples)
    #expect(evaluation?.examples == (try builder.trainingSet(rows: sides.filter(\.1).map(\.0))).examples)
  }

  @Test func `the first row says which shape all have, and the number of a wrong one is that in the dataset`() throws {
    var tokenized = TokenizedRows(try ByteTokenizer.builder())
    tokenized.append(try tokenized.tokenizer(from: Self.rows[0]).tokenize(Self.rows[..<3]))
    let wrong: [JSONObject] = [Self.rows[3], ["prompt": "a", "completion": "b"]]
    let tokenizer = try tokenized.tokenizer(from: wrong[0])
    let error = #expect(throws: DatasetError.self) { _ = try tokenizer.tokenize(wrong[1...]) }
    #expect(error?.description.contains("row 5") == true, "\(String(describing: error))")
    #expect(throws: DatasetError.self) { _ = try TokenizedRows(ByteTokenizer.builder()).finish() }
  }
}
