import Datasets
import JSON
import Testing

struct RowReaderTests {
  static func rows(_ text: String, _ name: String, unit: TextUnit = .paragraph) throws -> [DatasetRow] {
    var reader = try RowReader(bytes: Array(text.utf8), name: name, textUnit: unit)
    var rows: [DatasetRow] = []
    while let row = try reader.next() { rows.append(row) }
    return rows
  }

  static func refusal(_ bytes: [UInt8], _ name: String, limits: RowLimits = RowLimits()) -> String? {
    do {
      var reader = try RowReader(bytes: bytes, name: name, limits: limits)
      while try reader.next() != nil {}
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func `JSON Lines end at line feeds alone`() throws {
    let rows = try Self.rows("\u{FEFF}{\"a\": \"x\u{2028}y\u{85}z\"}\r\n\n \n{\"a\": 2}", "rows.jsonl")
    #expect(rows.map(\.members) == [["a": "x\u{2028}y\u{85}z"], ["a": 2]])
    #expect(rows.map(\.place) == [RowPlace(number: 1, line: 1), RowPlace(number: 2, line: 4)])
  }

  @Test func `an array of objects is read element by element`() throws {
    let rows = try Self.rows(" [\n{\"a\": [\"]}\", \"\\\"[\"]},\n  {\"b\": {}}\n]\n", "rows.json")
    #expect(rows.map(\.members) == [["a": ["]}", "\"["]], ["b": [:]]])
    #expect(rows.map(\.place.line) == [2, 3])
    #expect(try Self.rows("[]", "rows.json").isEmpty)
    #expect(try Self.rows("{\"a\": 1}\n{\"a\": 2}\n", "lines.json").count == 2)
  }

  @Test func `fields that Python's writer quotes are what its reader reads`() throws {
    var reader = try RowReader(path: Fixtures.directory + "/fields.csv")
    for reference in try Fixtures.lines("fields.jsonl") {
      #expect(try reader.next()?.members == reference.object)
    }
    #expect(try reader.next() == nil)
  }

  @Test func `CSV keeps spaces, empty fields and the last line without an end`() throws {
    let rows = try Self.rows("text,,label\n  a , 0,\n\n\"b\"\"\n\",1,\u{2028}x", "rows.csv")
    #expect(rows.map(\.members) == [["text": "  a ", "label": ""], ["text": "b\"\n", "label": "\u{2028}x"]])
    #expect(rows.map(\.place.line) == [2, 4])
  }

  @Test(arguments: [
    (TextUnit.paragraph, ["one\ntwo", "three"]), (.line, ["one", "two", "three"]),
    (.document, ["one\ntwo\n \n\nthree"]),
  ])
  func `a plain text becomes paragraphs, lines or one document`(unit: TextUnit, texts: [String]) throws {
    let rows = try Self.rows("\n\none\r\ntwo\n \n\nthree", "poem.txt", unit: unit)
    #expect(rows.map(\.members) == texts.map { ["text": .string($0)] })
  }

  @Test(arguments: [
    ("rows.jsonl", "{\"a\": 1}\n{\"a\": tru}", "rows.jsonl, line 2, column 10: "),
    ("rows.jsonl", "{\"secret\": 1, \"b\": \"\u{1}\"}", "column 21: a control character"),
    ("rows.jsonl", "[1]", "the row is a JSON array; each row must be an object"),
    ("rows.jsonl", "{\"a\":", "line 1, column 6: the text ends too early"),
    ("rows.json", "[{\"a\": 1} {\"b\": 2}]", "line 1, column 11: a comma or the end"),
    ("rows.json", "[\n {\"a\": 1},\n]", "line 3, column 1: each element of the array must be an object"),
    ("rows.json", "[{\"a\": 1}] x", "something follows the array"),
    ("rows.json", "[\n  {\"a\": [", "line 2, column 3: the object that begins here does not end"),
    ("rows.json", "[\n  {\"é\": 1,\n  \"b\": x}]", "line 3, column 8: unexpected"),
    ("rows.csv", "", "its first line must name the columns"),
    ("rows.csv", "a,a\n", "the column “a” appears twice"),
    ("rows.csv", "a,b\n1,2\n3\n", "line 3: 1 fields, but the header names 2 columns"),
    ("rows.csv", "a\nx\"y\n", "line 2, column 2: a quotation mark inside an unquoted field"),
    ("rows.csv", "a\n\"x\" \n", "line 2, column 4: something follows a quoted field"),
    ("rows.csv", "a\n\"x\ny", "the record at line 2 does not end"),
    ("rows.csv", "a\rb", "a carriage return without a line feed"),
    ("rows.parquet", "PAR1", "the format of rows.parquet is not known"),
  ])
  func `a broken file is refused with its place`(name: String, text: String, message: String) throws {
    let refusal = try #require(Self.refusal(Array(text.utf8), name))
    #expect(refusal.contains(message), "\(refusal)")
  }

  @Test(arguments: ["rows.jsonl", "rows.json", "rows.csv", "rows.txt"])
  func `bytes that are not UTF-8 are refused`(name: String) {
    let bytes: [UInt8] =
      Array(name == "rows.json" ? "[{\"a\": \"".utf8 : "{\"a\": \"".utf8) + [0xff] + Array("\"}]".utf8)
    #expect(Self.refusal(Array("h\n".utf8.prefix(name == "rows.csv" ? 2 : 0)) + bytes, name) != nil)
  }

  @Test(arguments: [
    ("rows.jsonl", "{\"a\": \"aaaaaaaaaa\"}"), ("rows.json", "[{\"a\": \"aaaaaaaaaa\"}]"),
    ("rows.csv", "a\naaaaaaaaaaaaaaa\n"),
    ("rows.txt", "aaaaa\naaaaa\n"), ("rows.csv", "a,b,c,d,e\n"), ("rows.txt", "a\n\nb\n\nc\n\nd\n"),
  ])
  func `limits hold`(name: String, text: String) throws {
    let limits = RowLimits(rowBytes: 10, rowCount: 3, columnCount: 4)
    #expect(try #require(Self.refusal(Array(text.utf8), name, limits: limits)).contains("than"))
  }

  @Test func `a file that is not there is refused`() {
    #expect(throws: DatasetError.self) { _ = try RowReader(path: "/nonexistent/rows.jsonl") }
  }
}
