internal import Tensors

/// Which tokens of some sequences go through a model together.
///
/// A pass has up to `rowBudget` rows, more only for an encoder's longer sequence, which has to come in one piece. A
/// sequence keeps its cache blocks until the passes come to sequences for which none are left.
struct EmbeddingPlan {
  /// Consecutive positions of a sequence.
  struct Part: Sendable, Hashable {
    let sequence: Int
    let positions: Range<Int>
    let blockTable: [Int32]

    var rows: [(sequence: Int, position: Int)] { positions.map { (sequence, $0) } }
  }

  static let rowBudget = 256

  private(set) var passes: [[Part]] = []

  /// - Precondition: `blockCount` blocks hold the longest sequence.
  init(tokenCounts: [Int], blockCount: Int, isCausal: Bool) {
    var pass: [Part] = [], rowCount = 0, usedBlockCount = 0
    func end() {
      if !pass.isEmpty { passes.append(pass) }
      pass = []
      rowCount = 0
    }
    for (sequence, tokenCount) in tokenCounts.enumerated() {
      let needed = Self.blockCount(tokenCount)
      if usedBlockCount + needed > blockCount {
        end()
        usedBlockCount = 0
      }
      let table = (usedBlockCount..<usedBlockCount + needed).map { Int32($0) }
      usedBlockCount += needed
      var start = 0
      while start < tokenCount {
        let room = Self.rowBudget - rowCount
        let count = isCausal ? min(tokenCount - start, room) : tokenCount
        if count > room && rowCount > 0 || room == 0 {
          end()
          continue
        }
        pass.append(Part(sequence: sequence, positions: start..<start + count, blockTable: table))
        rowCount += count
        start += count
      }
    }
    end()
  }

  static func blockCount(_ tokenCount: Int) -> Int { (tokenCount + KVCache.blockSize - 1) / KVCache.blockSize }
}
