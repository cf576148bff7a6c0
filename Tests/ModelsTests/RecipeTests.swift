import JSON
import Models
import Tensors
import Testing

/// Any sizes, ratios, windows, biases, ties, rotary scalings, dtypes and shards: what transformers gives, we give.
@Suite(.needsTransformers) struct RecipeTests {
  static let pool = ThreadPool(threads: 2)
  static let tolerance = 1e-4

  @Test(arguments: [1, 2])
  func `random checkpoints of every architecture give what transformers gives`(seed: Int) throws {
    try Transformers.withCheckpoints(seed: seed) { checkpoints in
      #expect(checkpoints.count == 14)
      for checkpoint in checkpoints {
        let rows = try states(checkpoint)
        for (ours, theirs) in zip(rows, checkpoint.reference["rows"]?.array ?? []) {
          #expect(ours.count == theirs.array?.count)
          for (position, (row, expected)) in zip(ours, theirs.array ?? []).enumerated() {
            let error = relativeError(row, expected.doubles)
            #expect(error <= Self.tolerance, "\(checkpoint.name) of seed \(seed), position \(position)")
          }
        }
        guard let greedy = checkpoint.reference["greedy"] else { continue }
        let prompt = greedy["prompt"]?.tokens ?? [], expected = greedy["tokens"]?.tokens ?? []
        let model = try CausalLanguageModel.load(directory: checkpoint.path, pool: Self.pool)
        let tokens = Evaluation(model).greedy(prompt, count: prompt.count + expected.count)
        #expect(tokens == prompt + expected, "\(checkpoint.name) of seed \(seed)")
      }
    }
  }

  /// Logits of decoders, hidden states of encoders.
  private func states(_ checkpoint: Transformers.Checkpoint) throws -> [[[Float]]] {
    let sequences = (checkpoint.reference["input_ids"]?.array ?? []).map(\.tokens)
    guard try ModelDescription.validate(directory: checkpoint.path).canGenerate else {
      let model = try EmbeddingModel.load(directory: checkpoint.path, pool: Self.pool)
      return sequences.map { model.hiddenStates($0) }
    }
    let model = try CausalLanguageModel.load(directory: checkpoint.path, pool: Self.pool)
    return sequences.map { Evaluation(model).logits($0) }
  }
}
