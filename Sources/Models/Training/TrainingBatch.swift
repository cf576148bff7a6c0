/// Whole sequences of their own lengths that one pass computes together; nothing is padded, none sees another.
package struct TrainingBatch: Sendable, Hashable {
  package private(set) var tokens: [Int32] = []
  /// labels[i] belongs to tokens[i], and is what the position before it is to predict; -100: no loss.
  package private(set) var labels: [Int32] = []
  /// The rows of each sequence.
  package private(set) var sequences: [Range<Int>] = []

  /// The label of a token that is not to be learned.
  package static let ignoredLabel: Int32 = -100

  package init() {}

  package mutating func append(tokens new: [Int32], labels newLabels: [Int32]) {
    precondition(!new.isEmpty && new.count == newLabels.count, "a sequence has a token, and a label for each")
    sequences.append(tokens.count..<tokens.count + new.count)
    tokens += new
    labels += newLabels
  }

  /// Positions that have a loss: those before a label.
  package var targetCount: Int { targets.count }

  /// The rows that predict a label, in their order, and those labels.
  var targets: [(row: Int, label: Int32)] {
    sequences.flatMap { rows in
      rows.dropLast().compactMap { row in
        labels[row + 1] == Self.ignoredLabel ? nil : (row: row, label: labels[row + 1])
      }
    }
  }
}

/// The loss of a batch over the positions that have one.
package struct BatchLoss: Sendable, Hashable {
  /// Of the cross-entropies, in nats.
  package var sum: Double
  package var tokenCount: Int
  /// Positions whose label had the largest logit.
  package var hitCount: Int

  package init(sum: Double = 0, tokenCount: Int = 0, hitCount: Int = 0) {
    self.sum = sum
    self.tokenCount = tokenCount
    self.hitCount = hitCount
  }
}

/// What names the random numbers of a pass, for dropout and noise: the same ones give the same bits.
package struct StepRandomness: Sendable, Hashable {
  /// Of the job.
  package let key: UInt64
  /// Of the micro-batch; no two have the same.
  package let counter: UInt64

  package init(key: UInt64, counter: UInt64) {
    self.key = key
    self.counter = counter
  }
}
