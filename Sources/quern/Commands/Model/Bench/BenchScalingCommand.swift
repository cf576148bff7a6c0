import ArgumentParser
import Foundation
import Inference
import JSON
import Models
import Tensors

struct BenchScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Measure how speed changes with the batch and with the context.",
    discussion: """
      Prints one JSON object. Its `sags` say how far each point lies under the straight line between its neighbours; \
      the command fails when one is more than 20 % under it.
      """
  )

  @OptionGroup var target: BenchTarget

  @Option(help: ArgumentHelp("Sequences that run together.", valueName: "n[,n…]"))
  var batch = CommaList([1, 2, 4, 8, 16, 32, 64])

  @Option(
    help: ArgumentHelp("Tokens of one sequence; those beyond the model's context are left out.", valueName: "n[,n…]")
  )
  var context = CommaList([128, 256, 512, 1024, 2048, 4096, 8192])

  @Option(help: ArgumentHelp("Tokens of the prompts when the batch grows.", valueName: "n"))
  var prompt = 128

  @Option(help: ArgumentHelp("Tokens to generate; contexts include them.", valueName: "n"))
  var generate = 32

  @Option(help: ArgumentHelp("Rounds over all points, after one that warms up.", valueName: "n"))
  var rounds = 3

  @Option(help: ArgumentHelp("Draws the curves into this file.", valueName: "file.svg"))
  var plot: String?

  /// More under the line is a step that the design does not explain.
  private static let sagLimit = 0.2

  func validate() throws {
    for size in batch.elements where !(1...1024).contains(size) {
      throw ValidationError("--batch must be from 1 to 1024, not \(size)")
    }
    guard prompt >= 1, generate >= 1, (1...100).contains(rounds) else {
      throw ValidationError("--prompt, --generate and --rounds must be at least 1, and --rounds at most 100")
    }
    guard context.elements.allSatisfy({ $0 > generate }) else {
      throw ValidationError(
        "a --context of \(context.elements.min() ?? 0) leaves no prompt before --generate \(generate)"
      )
    }
    for list in [batch.elements, context.elements] where Set(list).count < list.count {
      throw ValidationError("--batch and --context take each size once")
    }
  }

  func run() throws {
    let pool = target.engine.makePool()
    let model = try target.loadModel(pool).model
    let plan = try plan(for: model)
    let bar = ProgressBar("measuring \(target.modelName)")
    let curves = try ScalingBenchmark(model, plan).run { bar.update($0, "") }
    bar.clear()
    if let plot { try write(ScalingPlot(title: title(model, pool), curves: curves).svg, to: plot) }
    let sags = sags(of: curves)
    let deepest = sags.max { $0.sag < $1.sag }
    let members =
      target.facts(what: "scaling", level: model.kernels.level, threads: pool.threadCount) + [
        ("kv_dtype", .string(model.precision.keyValues.rawValue)), ("runs", JSONValue(rounds)),
        ("prompt", JSONValue(prompt)), ("new", JSONValue(generate)),
        ("decode_by_batch", points(curves.decodeByBatch, "batch")),
        ("decode_by_context", points(curves.decodeByContext, "context")),
        ("prefill_by_context", points(curves.prefillByContext, "context")),
        ("sags", .array(sags.map { ["curve": .string($0.curve), "at": JSONValue($0.at), "sag": .rounded($0.sag)] })),
        ("deepest_sag", deepest.map { .rounded($0.sag) } ?? .null),
      ]
    Console.writeLine(JSONObject(uniqueKeysWithValues: members).line)
    if let deepest, deepest.sag > Self.sagLimit {
      throw CommandFailure(
        "\(deepest.curve) at \(deepest.at) is \(Int(deepest.sag * 100)) % under the line between its neighbours, more than 20 %; was the machine busy?"
      )
    }
  }

  private func plan(for model: CausalLanguageModel) throws -> ScalingBenchmark.Plan {
    let limit = model.configuration.maxPositionCount
    let contexts = context.elements.filter { $0 <= limit }
    guard !contexts.isEmpty, prompt <= limit, generate <= limit - prompt else {
      throw CommandFailure.usage("the model's context is \(limit); give smaller --context, --prompt and --generate")
    }
    let plan = ScalingBenchmark.Plan(
      batches: batch.elements.sorted(),
      batchPrompt: prompt,
      contexts: contexts.sorted(),
      stepCount: generate,
      rounds: rounds
    )
    try target.requireMemory(
      plan.shapes.reduce(0) {
        $0 + EngineBenchmark.byteCount(model, maximumBatch: $1.batch, positionCount: $1.positionCount)
      }
    )
    return plan
  }

  private func title(_ model: CausalLanguageModel, _ pool: ThreadPool) -> String {
    "\(target.modelName), \(model.precision.weights.rawValue), \(pool.threadCount) threads, \(model.kernels.level.rawValue)"
  }

  private func points(_ curve: ScalingCurve, _ key: String) -> JSONValue {
    .array(
      curve.points.map { point in
        let members = [(key, JSONValue(point.size))] + point.speed.members("tok_s", "min", "max")
        return .object(JSONObject(uniqueKeysWithValues: members))
      }
    )
  }

  private func sags(of curves: ScalingBenchmark.Curves) -> [(curve: String, at: Int, sag: Double)] {
    [
      ("decode_by_batch", curves.decodeByBatch), ("decode_by_context", curves.decodeByContext),
      ("prefill_by_context", curves.prefillByContext),
    ].flatMap { name, curve in curve.sags.map { (name, $0.size, $0.sag) } }
  }

  private func write(_ text: String, to path: String) throws {
    do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
      throw CommandFailure("cannot write \(path): \(error.localizedDescription)")
    }
  }
}
