/// Which rows of a sequence get logits.
package enum LogitSelection: Sendable, Hashable {
  case none
  case last
  case all
}

/// Consecutive rows of one sequence within a batch: a chunk of its prompt, or one token to decode.
package struct SequenceSlice: Sendable, Hashable {
  /// blockTable[i] is the cache block of positions 32 i ..< 32 (i + 1); covers the slice's positions at least.
  package let blockTable: [Int32]
  /// Position of the first row in its sequence.
  package let position: Int
  /// First row in the batch, and how many.
  package let start: Int
  package let count: Int
  package let logits: LogitSelection
  /// Positions of the whole sequence as far as it is known, which some models' rotary frequencies depend on
  /// (`ModelConfiguration.longContextStart`).
  package let contextLength: Int
  /// What the sequence's rows are computed with besides the model; the same in all of its slices.
  package let adapter: ModelAdapter?

  package var logitRowCount: Int {
    switch logits {
    case .none: 0
    case .last: 1
    case .all: count
    }
  }
}

/// The rows of one forward pass: prompt chunks and decode rows of several sequences, mixed as the scheduler likes.
///
/// A row's logits depend on its own sequence alone, whatever else the batch holds.
package struct ForwardBatch: Sendable {
  package private(set) var tokens: [Int32] = []
  /// The type of each token: 0, or what encoders tell segments apart by.
  package private(set) var tokenTypes: [Int32] = []
  package private(set) var sequences: [SequenceSlice] = []
  /// Logit rows come out in the order of the rows that asked for them.
  package private(set) var logitRowCount = 0

  package init() {}

  /// Keeps the capacity, so that a batch that is filled again allocates nothing.
  package mutating func removeAll() {
    tokens.removeAll(keepingCapacity: true)
    tokenTypes.removeAll(keepingCapacity: true)
    sequences.removeAll(keepingCapacity: true)
    logitRowCount = 0
  }

  /// Tokens at consecutive positions from `position`; everything before them is in the cache already, or comes earlier
  /// in this batch.
  ///
  /// - Parameters:
  ///   - tokenTypes: of each token; nil: 0.
  ///   - contextLength: tokens of the sequence that are known, also beyond this slice; nil: it ends with the slice.
  ///   - adapter: of this model; nil: the model alone.
  package mutating func append(
    tokens new: some Collection<Int32>,
    tokenTypes types: [Int32]? = nil,
    startingAt position: Int,
    blockTable: [Int32],
    logits: LogitSelection,
    contextLength: Int? = nil,
    adapter: ModelAdapter? = nil
  ) {
    precondition(!new.isEmpty, "a slice has at least one token")
    precondition(types.map { $0.count == new.count } ?? true, "each token has one type")
    let slice = SequenceSlice(
      blockTable: blockTable,
      position: position,
      start: tokens.count,
      count: new.count,
      logits: logits,
      contextLength: contextLength ?? position + new.count,
      adapter: adapter
    )
    tokens.append(contentsOf: new)
    if let types { tokenTypes += types } else { tokenTypes += repeatElement(0, count: new.count) }
    sequences.append(slice)
    logitRowCount += slice.logitRowCount
  }
}
