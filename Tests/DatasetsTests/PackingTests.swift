import Datasets
import JSON
import Testing

struct PackingTests {
  @Test func `packs are those of TRL`() throws {
    for reference in try Fixtures.lines("packing.jsonl") {
      let packs = Packing.bestFitDecreasing(
        try #require(reference["lengths"]?.integers),
        capacity: try #require(reference["capacity"]?.integer)
      )
      #expect(packs == reference["packs"]?.array?.map { $0.integers ?? [] })
    }
  }

  @Test func `every sequence is in one pack, and no pack overflows`() {
    let lengths = (0..<500).map { $0 * 37 % 101 }
    let packs = Packing.bestFitDecreasing(lengths, capacity: 100)
    #expect(packs.allSatisfy { $0.map { lengths[$0] }.reduce(0, +) <= 100 })
    #expect(packs.flatMap(\.self).sorted() == lengths.indices.filter { lengths[$0] > 0 })
  }

  @Test func `nothing makes no packs`() {
    #expect(Packing.bestFitDecreasing([], capacity: 8) == [])
    #expect(Packing.bestFitDecreasing([0, 0], capacity: 8) == [])
    #expect(Packing.bestFitDecreasing([1, 1, 1], capacity: 1) == [[0], [1], [2]])
  }
}
