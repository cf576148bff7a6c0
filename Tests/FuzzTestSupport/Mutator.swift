/// Makes new inputs out of a corpus: a few random edits each, the same ones for the same seed.
package struct Mutator {
  private let corpus: [[UInt8]]
  /// Pieces that mean something in the format.
  private let words: [[UInt8]]
  private var generator: SeededGenerator

  private static let maximumByteCount = 1 << 16

  package init(corpus: [[UInt8]], words: [[UInt8]], seed: UInt64) {
    self.corpus = corpus
    self.words = words
    generator = SeededGenerator(state: seed)
  }

  package mutating func next() -> [UInt8] {
    var bytes = pick(corpus)
    for _ in 0..<Int.random(in: 1...4, using: &generator) { edit(&bytes) }
    return Array(bytes.prefix(Self.maximumByteCount))
  }

  private mutating func edit(_ bytes: inout [UInt8]) {
    let position = Int.random(in: 0...bytes.count, using: &generator)
    let end = min(bytes.count, position + Int.random(in: 1...16, using: &generator))
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: if position < bytes.count { bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
    case 1: if position < bytes.count { bytes[position] = .random(in: 0...255, using: &generator) }
    case 2: bytes.replaceSubrange(position..<end, with: pick([[], [0], [255], [0x7F], [0x80]]))
    case 3: bytes.insert(contentsOf: pick(words), at: position)
    case 4: bytes.replaceSubrange(position..<end, with: pick(words))
    case 5: bytes.insert(contentsOf: bytes[position..<end], at: position)
    case 6: bytes.removeSubrange(position..<min(bytes.count, position + 200))
    default:
      let other = pick(corpus)
      let start = Int.random(in: 0...other.count, using: &generator)
      bytes.replaceSubrange(position..<end, with: other[start..<min(other.count, start + 64)])
    }
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &generator)]
  }
}
