internal import Tensors

/// Rows of the embedding table [vocabularySize, hiddenSize]: its own, or those of the head that it is tied to.
enum WordEmbedding: Sendable {
  case table(LinearWeights)
  case tiedToHead
}

/// What the first block reads: the word, times a factor, plus position and token type where they have tables; normed.
struct Embedding: ~Copyable, Sendable {
  let words: WordEmbedding
  let scale: Float?
  /// [positions, hiddenSize]; the row of position p is p + `firstPositionRow`.
  let positions: Parameter?
  let firstPositionRow: Int
  /// [types, hiddenSize]
  let tokenTypes: Parameter?
  let norm: Norm?

  init(
    words: WordEmbedding,
    scale: Float? = nil,
    positions: Parameter? = nil,
    firstPositionRow: Int = 0,
    tokenTypes: Parameter? = nil,
    norm: consuming Norm? = nil
  ) {
    self.words = words
    self.scale = scale
    self.positions = positions
    self.firstPositionRow = firstPositionRow
    self.tokenTypes = tokenTypes
    self.norm = norm
  }

  /// Fills workspace.hidden [rows, hiddenSize]; workspace.rows is filled.
  func callAsFunction(_ batch: ForwardBatch, head: borrowing Head?, workspace: Workspace, kernels: Kernels) {
    let rows = batch.tokens.count, width = workspace.hiddenSize
    switch words {
    case .table(let table): table.lookUp(batch.tokens, kernels: kernels, into: &workspace.hidden)
    case .tiedToHead: Self.lookUp(batch.tokens, in: head, kernels: kernels, into: &workspace.hidden)
    }
    if let scale { kernels.scale(&workspace.hidden, by: scale, count: rows * width) }
    addTables(batch, workspace: workspace, kernels: kernels)
    switch norm {
    case .some(let norm):
      norm(workspace.hidden, rows: rows, kernels: kernels, into: &workspace.normed)
      swap(&workspace.hidden, &workspace.normed)
    case .none: break
    }
  }

  private func addTables(_ batch: ForwardBatch, workspace: Workspace, kernels: Kernels) {
    let rows = batch.tokens.count, width = workspace.hiddenSize
    if let tokenTypes {
      for row in 0..<rows {
        let type = Int(batch.tokenTypes[row])
        kernels.addRow(type, of: tokenTypes.values, width: width, toRow: row, of: &workspace.hidden)
      }
    }
    if let positions {
      for row in 0..<rows {
        let position = workspace.rows.position(of: row) + firstPositionRow
        kernels.addRow(position, of: positions.values, width: width, toRow: row, of: &workspace.hidden)
      }
    }
  }

  private static func lookUp(
    _ tokens: [Int32],
    in head: borrowing Head?,
    kernels: Kernels,
    into target: inout AlignedBuffer
  ) {
    switch head {
    case .some(let head): head.linear.weights.lookUp(tokens, kernels: kernels, into: &target)
    case .none: preconditionFailure("an embedding is tied to a head that is not there")
    }
  }
}
