import Datasets
import JSON
import Testing

struct EvaluationSplitTests {
  private static let rows = (0..<1000).map { ["text": .string("row \($0)")] as JSONObject }

  @Test func `a fraction keeps back about that share, and the same rows each time`() throws {
    let split = try EvaluationSplit(.fraction(0.1), seed: 42)
    let kept = try split.isEvaluation(Self.rows)
    #expect((70...130).contains(kept.count { $0 }))
    #expect(try split.isEvaluation(Self.rows) == kept)
    #expect(try EvaluationSplit(.fraction(0.1), seed: 43).isEvaluation(Self.rows) != kept)
  }

  @Test func `neither order nor further rows move a row to the other side`() throws {
    let split = try EvaluationSplit(.fraction(0.2), seed: 1)
    let kept = try split.isEvaluation(Self.rows)
    #expect(try split.isEvaluation(Self.rows.reversed()) == kept.reversed())
    #expect(try split.isEvaluation(Array(Self.rows[..<500])) == Array(kept[..<500]))
  }

  @Test func `a count keeps back that many, and equal rows together`() throws {
    let split = try EvaluationSplit(.count(7), seed: 3)
    #expect(try split.isEvaluation(Self.rows).count { $0 } == 7)
    let doubled = try split.isEvaluation(Self.rows + Self.rows)
    #expect(Array(doubled[..<1000]) == Array(doubled[1000...]))
  }

  @Test func `both sides have rows`() throws {
    let two: [JSONObject] = [["text": "a"], ["text": "b"]]
    for fraction in [0.0001, 0.9999] {
      #expect(try EvaluationSplit(.fraction(fraction), seed: 0).isEvaluation(two).count { $0 } == 1)
    }
    #expect(throws: DatasetError.self) { try EvaluationSplit(.count(2), seed: 0).isEvaluation(two) }
    #expect(throws: DatasetError.self) { try EvaluationSplit(.count(1), seed: 0).isEvaluation([two[0], two[0]]) }
    #expect(throws: DatasetError.self) { try EvaluationSplit(.fraction(1), seed: 0) }
    #expect(throws: DatasetError.self) { try EvaluationSplit(.fraction(.nan), seed: 0) }
    #expect(throws: DatasetError.self) { try EvaluationSplit(.count(0), seed: 0) }
  }

  @Test func `the hash of a row does not change`() throws {
    // By the same rule in Python.
    #expect(try EvaluationSplit(.count(1), seed: 0).hash(of: ["a": 1]) == 14_997_747_134_237_872_524)
    let split = try EvaluationSplit(.count(1), seed: 42)
    #expect(split.hash(of: ["a": "é", "b": nil]) == 0x7c49dc2464bf38d5)
    #expect(split.hash(of: ["b": nil, "a": "é"]) == split.hash(of: ["a": "é", "b": nil]))
  }
}
