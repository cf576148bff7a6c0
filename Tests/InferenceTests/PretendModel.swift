import Inference
import Testing

/// A model whose keys are what they stand for: each position of the cache holds a digest of salt, regime and all tokens
/// up to it, and a token follows from that of its last position. Whatever a scheduler mixes up, it sees.
struct PretendModel {
  let blockSize: Int
  private var cache: [Int32: [UInt64]] = [:]

  init(blockSize: Int) { self.blockSize = blockSize }

  /// Of every position of a sequence.
  static func digests(_ tokens: [Int32], salt: String, isLong: Bool) -> [UInt64] {
    var digest: UInt64 = isLong ? 3 : 5
    func add(_ value: UInt64) { digest = (digest ^ value) &* 0x0000_0100_0000_01b3 }
    for byte in salt.utf8 { add(UInt64(byte)) }
    return tokens.map { token in
      add(UInt64(bitPattern: Int64(token)) &+ 0x9e37_79b9)
      return digest
    }
  }

  static func token(after digest: UInt64) -> Int32 { Int32((digest ^ digest >> 29) % 3) }

  /// The answer to a prompt, computed without any scheduler.
  static func answer(_ prompt: [Int32], count: Int, salt: String, longContextStart: Int?) -> [Int32] {
    var tokens = prompt
    for _ in 0..<count {
      let isLong = longContextStart.map { tokens.count > $0 } ?? false
      guard let last = digests(tokens, salt: salt, isLong: isLong).last else { break }
      tokens.append(token(after: last))
    }
    return Array(tokens.dropFirst(prompt.count))
  }

  /// Writes the rows of a step; no position is written twice.
  mutating func write(_ slice: Scheduler.Slice, _ digests: [UInt64], _ table: [Int32], written: inout Set<[Int]>) {
    for position in slice.start..<slice.start + slice.count {
      let (block, offset) = (table[position / blockSize], position % blockSize)
      #expect(written.insert([Int(block), offset]).inserted)
      cache[block, default: Array(repeating: 0, count: blockSize)][offset] = digests[position]
    }
  }

  /// Whether the last row of a slice finds all positions up to its own as they should be.
  func holds(_ slice: Scheduler.Slice, _ digests: [UInt64], _ table: [Int32]) -> Bool {
    (0..<slice.start + slice.count).allSatisfy { position in
      cache[table[position / blockSize]]?[position % blockSize] == digests[position]
    }
  }
}
