import Checkpoints
import Foundation
import JSON
import Models
import SharedTestData
import Tensors
import Testing

@Suite(.needsSharedData) struct AdapterBatchTests {
  static let models = ["gpt2", "llama", "qwen2"]

  private static func directory(_ name: String) -> String { SharedData.path + "/fixtures/models/" + name }

  private static func load(_ name: String, _ precision: Precision = .float32) throws -> CausalLanguageModel {
    try CausalLanguageModel.load(
      directory: directory(name),
      precision: ModelPrecision(weights: precision, keyValues: .float32),
      pool: ThreadPool(threads: 2)
    )
  }

  @Test(arguments: models)
  func `an adapter beside the model gives the logits of PEFT`(name: String) throws {
    let model = try Self.load(name)
    let adapter = try #require(try model.loadAdapter(directory: Self.directory(name) + "/lora"))
    let reference = try SharedData.json("fixtures/models/\(name)/ref.json")
    let sequences = try #require(reference["input_ids"]?.array)
    let expected = try #require(reference["lora"]?["logits"]?.array)
    #expect(!expected.isEmpty && adapter.byteCount > 0)
    let evaluation = Evaluation(model, maximumRows: 256)
    let logits = sequences.map { evaluation.logits($0.tokens, adapter: adapter) }
    for row in expected {
      let sequence = try #require(row["seq"]?.integer), position = try #require(row["pos"]?.integer)
      #expect(relativeError(logits[sequence][position], row["values"]?.doubles ?? []) <= 1e-4)
    }
  }

  @Test(arguments: models)
  func `an adapter beside the model chooses the tokens of a merged model`(name: String) throws {
    let model = try Self.load(name), path = Self.directory(name) + "/lora"
    let adapter = try #require(try model.loadAdapter(directory: path))
    let merged = try CausalLanguageModel.load(
      directory: Self.directory(name),
      adapter: path,
      pool: ThreadPool(threads: 2)
    )
    let tokens = Self.tokens(60, seed: 3, model)
    let beside = Evaluation(model, maximumRows: 64).logits(tokens, adapter: adapter)
    let inside = Evaluation(merged, maximumRows: 64).logits(tokens)
    var comparedCount = 0
    for (ours, theirs) in zip(beside, inside) {
      #expect(relativeError(ours, theirs.map(Double.init)) <= 1e-4)
      let largest = theirs.sorted().suffix(2)
      // Where two tokens are as likely, either may be chosen.
      guard let first = largest.last, let second = largest.first, first - second > 1e-3 * abs(first) else { continue }
      comparedCount += 1
      #expect(model.kernels.argmax(ours.span) == merged.kernels.argmax(theirs.span))
    }
    #expect(comparedCount > 40)
  }

  @Test(arguments: models, [Precision.float32, .int8])
  func `sequences with two adapters and with none have the bits in one batch that they have alone`(
    name: String,
    precision: Precision
  ) throws {
    let model = try Self.load(name, precision)
    try Self.withScaledAdapter(name) { other in
      let first = try #require(try model.loadAdapter(directory: Self.directory(name) + "/lora"))
      let second = try #require(try model.loadAdapter(directory: other))
      let adapters = [nil, first, second, nil, first, second, first]
      let sequences = [40, 33, 70, 1, 5, 64, 20].enumerated().map { Self.tokens($1, seed: $0, model) }
      let alone = zip(sequences, adapters).map {
        bits(Evaluation(model, maximumRows: 128).logits($0, adapter: $1))
      }
      let together = Self.runTogether(model, sequences, adapters)
      for (rows, expected) in zip(together, alone) { #expect(bits(rows) == expected) }
      let same = Self.tokens(40, seed: 0, model)
      let base = bits(Evaluation(model, maximumRows: 128).logits(same))
      #expect(alone[0] == base)
      #expect(bits(Evaluation(model, maximumRows: 128).logits(same, adapter: first)) != base)
    }
  }

  @Test(arguments: KernelLevel.available, [1, 3])
  func `an adapter's rows have the same bits at every kernel level and thread count`(
    level: KernelLevel,
    threads: Int
  ) throws {
    func logits(_ level: KernelLevel, _ threads: Int) throws -> [[UInt32]] {
      let model = try CausalLanguageModel.load(
        directory: Self.directory("llama"),
        pool: ThreadPool(threads: threads),
        level: level
      )
      let adapter = try model.loadAdapter(directory: Self.directory("llama") + "/lora")
      return bits(Evaluation(model, maximumRows: 256).logits(Self.tokens(150, seed: 4, model), adapter: adapter))
    }
    #expect(try logits(level, threads) == logits(.portable, 2))
  }

  @Test func `an embedding is that of the merged model, whatever else is embedded`() throws {
    let directory = Self.directory("llama"), path = directory + "/lora"
    let pool = ThreadPool(threads: 2)
    let model = try EmbeddingModel.load(directory: directory, pool: pool)
    let merged = try EmbeddingModel.load(directory: directory, adapter: path, pool: pool)
    let adapter = try #require(try model.loadAdapter(directory: path))
    let sequences: [[Int32]] = [[1, 5, 9, 30, 17], [2, 4]]
    for (ours, theirs) in zip(model.embed(sequences, adapter: adapter), merged.embed(sequences)) {
      #expect(relativeError(ours, theirs.map(Double.init)) <= 1e-4)
    }
    #expect(model.embed(sequences, adapter: adapter) != model.embed(sequences))
    #expect(model.embed([sequences[1]], adapter: adapter)[0] == model.embed(sequences, adapter: adapter)[1])
  }

  @Test func `what changes more than linear layers is left to be merged`() throws {
    let model = try Self.load("llama")
    try Self.withAdapter("llama", { $0["modules_to_save"] = ["norm"] }) { directory in
      var contents = try Self.tensors(directory)
      let width = model.configuration.hiddenSize
      contents.append(
        .init(name: "base_model.model.model.norm.weight", shape: [width], values: Array(repeating: 1, count: width))
      )
      try SafetensorsFile.write(to: directory + "/adapter_model.safetensors", contents)
      #expect(try model.loadAdapter(directory: directory) == nil)
    }
  }

  @Test func `an adapter of another model is refused`() throws {
    let model = try Self.load("llama")
    let error = #expect(throws: CheckpointError.self) {
      try model.loadAdapter(directory: Self.directory("gpt2") + "/lora")
    }
    if case .adapterTensorWithoutBase = error?.reason {} else { Issue.record("\(String(describing: error))") }
  }
}

extension AdapterBatchTests {
  private static func tokens(_ count: Int, seed: Int, _ model: CausalLanguageModel) -> [Int32] {
    (0..<count).map { Int32(($0 * 7919 + seed * 104_729 + $0 * $0 * 31) % model.configuration.vocabularySize) }
  }

  /// Chunks of prompts and single tokens of all sequences, mixed in every step.
  private static func runTogether(
    _ model: CausalLanguageModel,
    _ sequences: [[Int32]],
    _ adapters: [ModelAdapter?]
  ) -> [[[Float]]] {
    let cache = model.makeCache(blockCount: 3 * sequences.count)
    let workspace = model.makeWorkspace(maximumRows: 256, maximumSequences: 8, maximumLogitRows: 256)
    var done = [Int](repeating: 0, count: sequences.count)
    var rows = [[[Float]]](repeating: [], count: sequences.count)
    var batch = ForwardBatch()
    while zip(done, sequences).contains(where: { $0 < $1.count }) {
      batch.removeAll()
      var owners: [Int] = []
      for (index, sequence) in sequences.enumerated() where done[index] < sequence.count {
        let count = min(index % 3 == 0 ? 1 : 9 + 4 * index, sequence.count - done[index])
        batch.append(
          tokens: sequence[done[index]..<done[index] + count],
          startingAt: done[index],
          blockTable: (0..<3).map { Int32($0 * sequences.count + index) },
          logits: .all,
          adapter: adapters[index]
        )
        owners += Array(repeating: index, count: count)
        done[index] += count
      }
      model.forward(batch, cache: cache, workspace: workspace)
      for (row, owner) in owners.enumerated() { rows[owner].append(workspace.row(row)) }
    }
    return rows
  }

  /// The fixture's adapter with another scale.
  private static func withScaledAdapter(_ name: String, _ body: (String) throws -> Void) throws {
    try withAdapter(name, { $0["lora_alpha"] = 24 }, body)
  }

  private static func withAdapter(
    _ name: String,
    _ change: (inout JSONObject) -> Void,
    _ body: (String) throws -> Void
  ) throws {
    let directory = FileManager.default.temporaryDirectory.path() + "/quern-adapter-\(UUID().uuidString)"
    try FileManager.default.copyItem(atPath: Self.directory(name) + "/lora", toPath: directory)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let file = directory + "/adapter_config.json"
    var configuration = try #require(try JSONValue(parsing: Array(Data(contentsOf: URL(filePath: file)))).object)
    change(&configuration)
    try Data(JSONValue.object(configuration).text.utf8).write(to: URL(filePath: file))
    try body(directory)
  }

  private static func tensors(_ directory: String) throws -> [SafetensorsFile.Content] {
    let file = try SafetensorsFile(path: directory + "/adapter_model.safetensors")
    return file.entries.map { entry in
      let bytes = file.withBytes(of: entry) { span in
        (0..<span.byteCount).map { span.unsafeLoadUnaligned(fromByteOffset: $0, as: UInt8.self) }
      }
      return SafetensorsFile.Content(name: entry.name, dtype: entry.dtype, shape: entry.shape, bytes: bytes)
    }
  }
}
