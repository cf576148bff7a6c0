import ArgumentParser
import Executors
import Foundation
import JSON
import Launch
import Models
import Tensors

struct ModelLogitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logits",
    abstract: "Print the logits of token ids as one JSON line {\"logits\": [[…], …]}, a row per position.",
    discussion: "Works on a model directory, without a database."
  )

  @Argument(help: ArgumentHelp("A Hugging Face directory or a GGUF file.", valueName: "dir|file"))
  var directory: String

  @Option(help: ArgumentHelp("The token ids, such as \"1 2 3\"; - reads them from standard input.", valueName: "ids"))
  var tokens: String

  @Option(help: ArgumentHelp("A directory with a LoRA adapter (PEFT), merged into the weights.", valueName: "dir"))
  var adapter: String?

  @OptionGroup var precision: PrecisionArguments
  @OptionGroup var packedWeights: PackedWeightOptions
  @OptionGroup var engine: ModelRunOptions

  func run() throws {
    let folder = packedWeights.folder
    let model = try CausalLanguageModel.load(
      directory: directory,
      adapter: adapter,
      precision: ModelPrecision(precision.options),
      packedWeights: folder?.store(),
      pool: engine.makePool(),
      level: engine.kernels
    )
    folder?.trim()
    let tokens = try TokenList.parse(try Input.text(tokens), for: model.configuration)
    let cache = model.makeCache(blockCount: (tokens.count + KVCache.blockSize - 1) / KVCache.blockSize)
    let workspace = model.makeWorkspace(
      maximumRows: tokens.count,
      maximumSequences: 1,
      maximumLogitRows: tokens.count
    )
    var batch = ForwardBatch()
    batch.append(
      tokens: tokens,
      startingAt: 0,
      blockTable: (0..<cache.blockCount).map { Int32($0) },
      logits: .all
    )
    model.forward(batch, cache: cache, workspace: workspace)
    var line = "{\"logits\":["
    for row in tokens.indices {
      if row > 0 { line += "," }
      workspace.withLogits(row: row) { Self.append($0, to: &line) }
    }
    Console.writeLine(line + "]}")
  }

  /// The shortest digits that read back as the same float.
  private static func append(_ values: Span<Float>, to line: inout String) {
    line += "["
    for index in values.indices {
      if index > 0 { line += "," }
      line += values[index].isFinite ? "\(values[index])" : "null"
    }
    line += "]"
  }
}
