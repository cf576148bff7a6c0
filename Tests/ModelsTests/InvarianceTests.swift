import JSON
import Models
import SharedTestData
import Tensors
import Testing

/// Law 5: the bits of a row depend on its own sequence alone.
@Suite(.needsSharedData) struct InvarianceTests {
  static let models = [
    "models/stories260K", "fixtures/models/gemma2", "fixtures/models/gemma3", "fixtures/models/gpt2",
    "fixtures/models/llama", "fixtures/models/mistral", "fixtures/models/phi3", "fixtures/models/qwen2",
    "fixtures/models/qwen3",
  ]

  func load(_ name: String, threads: Int = 2, level: KernelLevel = .detected) throws -> CausalLanguageModel {
    try CausalLanguageModel.load(
      directory: SharedData.path + "/" + name,
      pool: ThreadPool(threads: threads),
      level: level
    )
  }

  func tokens(_ count: Int, seed: Int, _ model: CausalLanguageModel) -> [Int32] {
    (0..<count).map { Int32(($0 * 7919 + seed * 104_729 + $0 * $0 * 31) % model.configuration.vocabularySize) }
  }

  @Test(arguments: models, KernelLevel.available)
  func `prefill gives the same bits whole, in chunks and token by token`(name: String, level: KernelLevel) throws {
    let model = try load(name, level: level)
    let tokens = tokens(120, seed: 1, model)
    let whole = bits(Evaluation(model, maximumRows: 256).logits(tokens))
    for chunk in [1, 13, 32, 100] {
      #expect(bits(Evaluation(model, maximumRows: 256).logits(tokens, chunk: chunk)) == whole)
    }
  }

  @Test(arguments: models)
  func `every kernel level and thread count gives the same bits`(name: String) throws {
    let reference = try load(name, threads: 1, level: .portable)
    let tokens = tokens(100, seed: 2, reference)
    let expected = bits(Evaluation(reference, maximumRows: 128).logits(tokens))
    for level in KernelLevel.available {
      for threads in [1, 2, 3] {
        let model = try load(name, threads: threads, level: level)
        #expect(bits(Evaluation(model, maximumRows: 128).logits(tokens)) == expected, "\(level), \(threads) threads")
      }
    }
  }

  @Test(arguments: models)
  func `sequences in one batch get the bits they get alone`(name: String) throws {
    let model = try load(name)
    let lengths = [70, 1, 33, 5, 64, 20]
    let sequences = lengths.enumerated().map { tokens($0.element, seed: $0.offset, model) }
    let alone = sequences.map { bits(Evaluation(model, maximumRows: 128).logits($0)) }
    let together = runTogether(model, sequences)
    for (rows, expected) in zip(together, alone) { #expect(bits(rows) == expected) }
  }

  /// Chunks of prompts and single tokens mixed in every step, blocks of the sequences interleaved in one cache.
  private func runTogether(_ model: CausalLanguageModel, _ sequences: [[Int32]]) -> [[[Float]]] {
    let cache = model.makeCache(blockCount: 3 * sequences.count)
    let workspace = model.makeWorkspace(maximumRows: 128, maximumSequences: 8, maximumLogitRows: 128)
    let tables = sequences.indices.map { sequence in (0..<3).map { Int32($0 * sequences.count + sequence) } }
    var done = [Int](repeating: 0, count: sequences.count)
    var rows = [[[Float]]](repeating: [], count: sequences.count)
    var batch = ForwardBatch()
    var step = 0
    while zip(done, sequences).contains(where: { $0 < $1.count }) {
      batch.removeAll()
      var owners: [Int] = []
      for (index, sequence) in sequences.enumerated() where done[index] < sequence.count {
        let count = min((step + index) % 3 == 0 ? 1 : 9 + 4 * index, sequence.count - done[index])
        batch.append(
          tokens: sequence[done[index]..<done[index] + count],
          startingAt: done[index],
          blockTable: tables[index],
          logits: .all
        )
        owners += Array(repeating: index, count: count)
        done[index] += count
      }
      model.forward(batch, cache: cache, workspace: workspace)
      for (row, owner) in owners.enumerated() { rows[owner].append(workspace.row(row)) }
      step += 1
    }
    return rows
  }

  @Test func `the last row alone has the bits it has among all rows`() throws {
    let model = try load("models/stories260K")
    let tokens = tokens(40, seed: 5, model)
    let all = Evaluation(model, maximumRows: 64).logits(tokens)
    let evaluation = Evaluation(model, maximumRows: 64)
    var batch = ForwardBatch()
    batch.append(tokens: tokens, startingAt: 0, blockTable: evaluation.blockTable, logits: .last)
    model.forward(batch, cache: evaluation.cache, workspace: evaluation.workspace)
    #expect(evaluation.workspace.logitRowCount == 1)
    #expect(bits([evaluation.workspace.row(0)]) == bits([all[39]]))
  }

  /// Phi-3's longrope: one set of frequencies for sequences up to 50 tokens, another for longer ones.
  @Test func `all positions of a long sequence have the long frequencies, however it is cut`() throws {
    let factors = (1...8).map { JSONValue($0) }
    let scaling: JSONValue = [
      "rope_type": "longrope", "short_factor": .array(factors), "long_factor": .array(factors.reversed()),
    ]
    let changes: JSONObject = ["rope_scaling": scaling, "original_max_position_embeddings": 50]
    try withFixture("phi3", changes) { directory in
      let model = try CausalLanguageModel.load(directory: directory, pool: ThreadPool(threads: 2))
      #expect(model.configuration.longContextStart == 50)
      let tokens = tokens(51, seed: 6, model)
      let whole = bits(Evaluation(model, maximumRows: 64).logits(tokens))
      for chunk in [1, 7, 32, 50] {
        #expect(bits(Evaluation(model, maximumRows: 64).logits(tokens, chunk: chunk)) == whole)
      }
      let short = bits(Evaluation(model, maximumRows: 64).logits(Array(tokens.dropLast())))
      #expect(short[0] == whole[0], "the first position sees itself alone")
      #expect(short[1] != whole[1])
      // A token more than a short sequence: all is computed again.
      let grown = Evaluation(model, maximumRows: 64).greedy(Array(tokens.prefix(40)), count: 60)
      for count in 41...59 {
        #expect(
          Evaluation(model, maximumRows: 64).greedy(Array(grown.prefix(count)), count: count + 1)
            == Array(grown.prefix(count + 1))
        )
      }
    }
  }
}
