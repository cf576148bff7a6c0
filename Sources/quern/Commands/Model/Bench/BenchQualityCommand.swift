import ArgumentParser
import Executors
import Foundation
import Inference
import JSON
import Launch
import Models
import Tensors
import Tokenizers

struct BenchQualityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quality",
    abstract: "Measure what lower precisions cost: perplexity of a text, and distance of the logits from f32.",
    discussion: """
      The text is read in windows that start --stride tokens after each other, from an empty cache; a window counts the \
      predictions that no earlier one has made. The divergence is that of softmax(logits) from f32's \
      (Kullback-Leibler, nats per token); the agreement is the share of tokens at which both hold the same one likeliest.
      """
  )

  @Argument(help: ArgumentHelp("A Hugging Face directory or a GGUF file.", valueName: "dir|file"))
  var directory: String

  @Option(help: ArgumentHelp("The text; - reads standard input.", valueName: "file"))
  var text: String

  @Flag(help: "Each line is a JSON string, a document of its own.")
  var jsonl = false

  @Option(help: ArgumentHelp("What to compare with f32.", valueName: "precision[,…]"))
  var precision = CommaList(Precision.allCases.filter { $0 != .float32 })

  @Option(
    help: ArgumentHelp(
      "Precision of the key/value cache beside these weights. Default: bf16; f32 beside f32.",
      valueName: "precision"
    )
  )
  var kvPrecision: KeyValuePrecision?

  @Option(help: ArgumentHelp("Tokens of a window. Default: the model's context, at most 2048.", valueName: "n"))
  var window: Int?

  @Option(help: ArgumentHelp("Tokens from one window to the next. Default: half a window.", valueName: "n"))
  var stride: Int?

  @Option(help: ArgumentHelp("Ends after so many predictions.", valueName: "n"))
  var limit: Int?

  @Flag(help: "Print a JSON object for each precision, f32 first.")
  var json = false

  @OptionGroup var engine: ModelRunOptions

  func validate() throws {
    if let window, window < 2 { throw ValidationError("--window must be at least 2, not \(window)") }
    if let stride, stride < 1 { throw ValidationError("--stride must be at least 1, not \(stride)") }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit)") }
  }

  func run() throws {
    let documents = try tokens()
    let pool = engine.makePool()
    let precisions =
      [ModelPrecision()] + precision.elements.map { ModelPrecision(weights: $0, keyValues: kvPrecision) }
    let models = try precisions.map { precision in
      try CausalLanguageModel.load(directory: directory, precision: precision, pool: pool, level: engine.kernels)
    }
    var comparison = QualityComparison(models, windows: try windows(for: models[0].configuration))
    for document in documents {
      try comparison.read(document, limit: limit ?? .max)
    }
    guard comparison.predictionCount > 0 else {
      throw CommandFailure.usage("--text has less than two tokens; give a longer one")
    }
    report(comparison, precisions, models[0])
  }

  private func windows(for model: ModelConfiguration) throws -> QualityComparison.Windows {
    let length = window ?? min(2048, model.maxPositionCount)
    guard length <= model.maxPositionCount else {
      throw CommandFailure.usage("--window \(length) exceeds the model's context of \(model.maxPositionCount)")
    }
    let stride = stride ?? max(1, length / 2)
    guard stride < length else {
      throw CommandFailure.usage("--stride \(stride) must be less than --window \(length), or predictions are left out")
    }
    return QualityComparison.Windows(length: length, stride: stride)
  }

  /// With the special tokens that the model expects around a text.
  private func tokens() throws -> [[Int32]] {
    let tokenizer = try Tokenizer.load(checkpoint: directory)
    guard jsonl else { return [tokenizer.encode(try Input.file(text, option: "--text")).map(Int32.init)] }
    return try Input.lines(text, option: "--text").enumerated().map { index, line in
      guard let document = try Input.json(line, option: "line \(index + 1) of --text").string else {
        throw CommandFailure.usage("line \(index + 1) of --text is no JSON string; leave --jsonl out for plain text")
      }
      return tokenizer.encode(document).map(Int32.init)
    }
  }
}

// MARK: - Report

extension BenchQualityCommand {
  private func report(_ comparison: QualityComparison, _ precisions: [ModelPrecision], _ model: CausalLanguageModel) {
    let qualities = comparison.qualities
    var table = Table(
      .init("WEIGHTS"),
      .init("KEYS, VALUES"),
      .init("PERPLEXITY", .right),
      .init("TO F32", .right),
      .init("MEAN KL", .right),
      .init("MOST", .right),
      .init("SAME TOKEN", .right)
    )
    for (precision, quality) in zip(precisions, qualities) {
      let difference = quality.perplexity - qualities[0].perplexity
      table.append(
        precision.weights.rawValue,
        precision.keyValues.rawValue,
        String(format: "%.4f", quality.perplexity),
        String(format: "%+.4f", difference),
        String(format: "%.2e", quality.meanDivergence),
        String(format: "%.2e", quality.greatestDivergence),
        String(format: "%.2f %%", quality.agreement * 100)
      )
      guard json else { continue }
      let members: [(String, JSONValue)] = [
        ("engine", "quern"), ("version", .string(CausalLanguageModel.engineVersion)),
        ("model", .string(URL(filePath: directory).standardizedFileURL.lastPathComponent)), ("what", "quality"),
        ("dtype", .string(precision.weights.rawValue)), ("kv_dtype", .string(precision.keyValues.rawValue)),
        ("kernels", .string(model.kernels.level.rawValue)), ("predictions", JSONValue(comparison.predictionCount)),
        ("windows", JSONValue(comparison.windowCount)), ("perplexity", .number(quality.perplexity)),
        ("perplexity_delta", .number(difference)), ("mean_kl", .number(quality.meanDivergence)),
        ("max_kl", .number(quality.greatestDivergence)), ("top1_agreement", .number(quality.agreement)),
      ]
      Console.writeLine(JSONObject(uniqueKeysWithValues: members).line)
    }
    if !json { Console.write(table.text(width: Console.columns)) }
  }
}
