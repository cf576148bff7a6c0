import Foundation
import FuzzTestSupport
import JSON
import Testing

/// Random changes of documents and of lines of JSON: each is read or refused, and what was read is written so that it
/// reads the same.
struct FuzzTests {
  private static let duration: Duration =
    ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil ? .seconds(120) : .seconds(1)

  private static let corpus = [
    #"{"a": [1, -0.5e3, true, null], "é": "x\u00e9\ud83d\ude00\n", "": {}}"#,
    #"{"id": 7, "text": "line one\nline two"}"# + "\n" + #"{"id": 8, "text": ""}"# + "\n",
    #"[[[[[[]]]], {"k": {"k": [0, 9007199254740993, 1e-300]}}]"#, #""plain""#, "12345678901234567890",
  ].map { Array($0.utf8) }

  private static let words =
    [
      "\\u", "\\ud800", "\\", "\"", "{", "}", "[[[[[[[[", ":", ",", "e+", "-", "1E400", "\n", "\u{2028}", "nul", "0x",
    ].map { Array($0.utf8) } + [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0]]

  @Test func `documents and lines`() throws {
    var mutator = Mutator(corpus: Self.corpus, words: Self.words, seed: 1)
    let end = ContinuousClock.now + Self.duration
    var (count, readCount) = (0, 0)
    while ContinuousClock.now < end {
      for line in mutator.next().split(separator: UInt8(ascii: "\n")) {
        count += 1
        guard let value = try? JSONValue(parsing: Array(line)) else { continue }
        readCount += 1
        try #require(try JSONValue(parsing: value.text) == value)
        try #require(try JSONValue(parsing: value.canonicalText).canonicalText == value.canonicalText)
      }
    }
    if Self.duration > .seconds(1) { print("fuzzed \(count) lines of JSON, \(readCount) were read") }
    #expect(readCount > 0 && readCount < count)
  }
}
