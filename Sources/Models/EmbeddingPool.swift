/// Makes one vector of a sequence's hidden states as they come, in the order of positions.
struct EmbeddingPool {
  private let configuration: EmbeddingConfiguration
  private let tokenCount: Int
  private var sums: [Double]

  init(_ configuration: EmbeddingConfiguration, tokenCount: Int) {
    self.configuration = configuration
    self.tokenCount = tokenCount
    sums = Array(repeating: 0, count: configuration.dimensions)
  }

  mutating func add(_ state: Span<Float>, at position: Int) {
    let isWanted =
      switch configuration.pooling {
      case .mean: true
      case .cls: position == 0
      case .lastToken: position == tokenCount - 1
      }
    guard isWanted else { return }
    for index in sums.indices { sums[index] += Double(state[index]) }
  }

  var embedding: [Float] {
    let mean = configuration.pooling == .mean ? sums.map { $0 / Double(tokenCount) } : sums
    guard configuration.isNormalized else { return mean.map { Float($0) } }
    let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // The least length is torch's, so that nothing is divided by 0.
    return mean.map { Float($0 / max(length, 1e-12)) }
  }
}
