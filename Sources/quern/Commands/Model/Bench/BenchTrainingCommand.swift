import ArgumentParser
import Foundation
import Inference
import JSON
import Models
import Tensors
import Training

struct BenchTrainingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Measure how fast a model learns: whole optimiser steps on random ids.",
    discussion: """
      A step is forward, loss, backward, clipping and AdamW over a batch of sequences; its speed is in tokens per second, \
      the median of the runs after a warm-up. With --lora-rank an adapter learns instead of the weights.
      """
  )

  @Argument(help: ArgumentHelp("A Hugging Face directory or a GGUF file.", valueName: "dir|file"))
  var directory: String

  @OptionGroup var engine: ModelRunOptions

  @Option(help: ArgumentHelp("What products compute in: f32 or bf16.", valueName: "name"))
  var precision = Precision.float32

  @Option(help: ArgumentHelp("Sequences of a step.", valueName: "n"))
  var batch = 4

  @Option(help: ArgumentHelp("Tokens of a sequence.", valueName: "n"))
  var length = 512

  @Option(help: ArgumentHelp("The rank of an adapter on the usual modules.", valueName: "n"))
  var loraRank: Int?

  @Flag(help: "Compute activations again in the backward pass instead of keeping them.")
  var gradientCheckpointing = false

  @Option(help: ArgumentHelp("Steps that count.", valueName: "n"))
  var runs = 4

  @Flag(help: "Print a JSON object.")
  var json = false

  func validate() throws {
    guard precision == .float32 || precision == .bfloat16 else {
      throw ValidationError("training computes in f32 or bf16; weights and sums are f32")
    }
    guard (1...4096).contains(batch), (2...65536).contains(length), (1...1000).contains(runs) else {
      throw ValidationError("--batch must be from 1 to 4096, --length from 2 to 65536 and --runs from 1 to 1000")
    }
  }

  func run() throws {
    let pool = engine.makePool()
    let options = TrainableModelOptions(
      precision: precision,
      lora: loraRank.map { LoRAOptions(rank: $0, alpha: Double(2 * $0)) },
      usesGradientCheckpointing: gradientCheckpointing,
      maximumRows: batch * length
    )
    let loaded = try Loaded {
      try TrainableModel.load(directory: directory, options: options, seed: 1, pool: pool, level: engine.kernels)
    }
    guard length <= loaded.model.configuration.maxPositionCount else {
      throw CommandFailure.usage("the model's context is \(loaded.model.configuration.maxPositionCount) tokens")
    }
    let steps = StepBenchmark.run(loaded.model, batch: batch, length: length, steps: runs + 1)
    let speed = SpeedSamples(steps.seconds.dropFirst().map { Double(steps.tokensPerStep) / $0 })
    let trainable = loaded.model.parameters.reduce(0) { $0 + $1.count }
    var members: [(String, JSONValue)] = [
      ("engine", "quern"), ("version", .string(CausalLanguageModel.engineVersion)),
      ("model", .string(URL(filePath: directory).standardizedFileURL.lastPathComponent)),
      ("dtype", .string(precision.rawValue)), ("mode", loraRank == nil ? "full" : "lora"),
      ("kernels", .string(engine.kernels.rawValue)), ("threads", JSONValue(pool.threadCount)), ("what", "train"),
      ("batch", JSONValue(batch)), ("seq", JSONValue(length)), ("trainable", JSONValue(trainable)),
      ("gradient_checkpointing", .bool(gradientCheckpointing)), ("runs", JSONValue(runs)),
    ]
    members += speed.members("tok_s", "min", "max")
    members += [
      ("load_seconds", .rounded(loaded.seconds)), ("peak_rss_mb", PeakMemory.megabytes.map { JSONValue($0) } ?? .null),
    ]
    let figures = JSONObject(uniqueKeysWithValues: members)
    Console.write(json ? figures.line + "\n" : figures.sheet)
  }
}
