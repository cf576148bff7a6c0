import ArgumentParser
import Checkpoints
import Executors
import Foundation
import Inference
import JSON
import Launch
import Models
import Tensors

/// The model that is measured, and how it runs.
struct BenchTarget: ParsableArguments {
  @Argument(help: ArgumentHelp("A Hugging Face directory or a GGUF file.", valueName: "dir|file"))
  var directory: String

  @OptionGroup var engine: ModelRunOptions
  @OptionGroup private var precisionArguments: PrecisionArguments
  @OptionGroup private var packedWeightOptions: PackedWeightOptions

  var precision: ModelPrecision { ModelPrecision(precisionArguments.options) }
  /// Whether `--kv-precision` was given.
  var namesKeyValuePrecision: Bool { precisionArguments.kvPrecision != nil }
  var packedWeights: PackedWeightStore? { packedWeightOptions.folder?.store() }

  var modelName: String { URL(filePath: directory).standardizedFileURL.lastPathComponent }

  /// Makes room among the packed weights after a load.
  func trimPackedWeights() { packedWeightOptions.folder?.trim() }

  func loadModel(_ pool: ThreadPool) throws -> Loaded<CausalLanguageModel> {
    defer { trimPackedWeights() }
    return try Loaded {
      try CausalLanguageModel.load(
        directory: directory,
        precision: precision,
        packedWeights: packedWeights,
        pool: pool,
        level: engine.kernels
      )
    }
  }

  func loadEmbeddingModel(_ pool: ThreadPool) throws -> Loaded<EmbeddingModel> {
    guard !namesKeyValuePrecision else {
      throw CommandFailure.usage("\(directory) gives vectors and keeps no keys and values; leave --kv-precision out")
    }
    defer { trimPackedWeights() }
    return try Loaded {
      try EmbeddingModel.load(
        directory: directory,
        precision: precision.weights,
        packedWeights: packedWeights,
        pool: pool,
        level: engine.kernels
      )
    }
  }

  /// Refuses a measurement whose cache does not fit, before memory runs out in the middle of it.
  func requireMemory(_ needed: Int) throws {
    guard let allowance = MemoryAllowance.current, needed > allowance.byteCount else { return }
    let (wanted, left) = (Quantities.bytes(needed), Quantities.bytes(allowance.byteCount))
    throw CommandFailure.usage(
      "the key/value cache would take \(wanted), but \(left) are left (\(allowance.source)); give smaller batches or fewer tokens"
    )
  }

  /// What was measured, and how; the figures follow.
  func facts(what: String, level: KernelLevel, threads: Int) -> [(String, JSONValue)] {
    [
      ("engine", "quern"),
      ("version", .string(CausalLanguageModel.engineVersion)),
      ("model", .string(modelName)),
      ("dtype", .string(precision.weights.rawValue)),
      ("kernels", .string(level.rawValue)),
      ("threads", JSONValue(threads)),
      ("what", .string(what)),
    ]
  }
}

/// A model, and how long loading it took.
struct Loaded<Model> {
  let model: Model
  let seconds: Double

  init(_ load: () throws -> Model) rethrows {
    let start = ContinuousClock.now
    model = try load()
    seconds = (ContinuousClock.now - start) / .seconds(1)
  }
}

extension SpeedSamples {
  /// Median, least and greatest under three keys.
  func members(_ median: String, _ least: String, _ greatest: String) -> [(String, JSONValue)] {
    [(median, .rounded(self.median)), (least, .rounded(self.least)), (greatest, .rounded(self.greatest))]
  }
}

extension JSONValue {
  /// Three digits after the point: less than what measurements differ by.
  static func rounded(_ value: Double) -> JSONValue { .number((value * 1000).rounded() / 1000) }
}

extension JSONObject {
  var line: String { JSONValue.object(self).text }
}
