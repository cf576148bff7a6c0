import ArgumentParser
import JSON
import Jobs

extension WeightPrecision: ExpressibleByArgument {}

extension ContextPrecision: ExpressibleByArgument {}

extension ArgumentHelp {
  static let weightPrecision = ArgumentHelp(
    "How the weights are kept and multiplied: f32 (4 bytes a weight, the reference), bf16 (2), q8 (1.1) or q4 (0.6).",
    valueName: "name"
  )
}

/// `--precision` and `--kv-precision` of commands that read a context.
struct PrecisionArguments: ParsableArguments {
  @Option(help: .weightPrecision)
  var precision: WeightPrecision?

  @Option(
    help: ArgumentHelp(
      "How the keys and values of the context are kept. Default: f32 beside f32 weights, else bf16.",
      valueName: "name"
    )
  )
  var kvPrecision: ContextPrecision?

  var options: RequestedPrecision { RequestedPrecision(weights: precision, context: kvPrecision) }

  /// As parameters of a job.
  func add(to parameters: inout JSONObject) {
    if let precision { parameters["precision"] = .string(precision.rawValue) }
    if let kvPrecision { parameters["kv_precision"] = .string(kvPrecision.rawValue) }
  }
}
