internal import JSON
internal import Models
internal import Tensors

/// What makes a run this run and no other: a checkpoint goes on only where all of it is the same.
struct RunIdentity: Sendable, Hashable, Codable {
  /// Of the checkpoint's files.
  static let currentVersion = 1

  let version: Int
  /// Other kernels round in other places.
  let kernelLevel: String
  let precision: String
  /// Tokens that the model takes together: it decides which sums are made first.
  let maximumRows: Int
  /// Of the rows of both splits.
  let data: String
  /// Names and shapes of what learns.
  let parameters: [String]
  /// As the run began, without adjustments; stored apart.
  var options: JSONObject = [:]

  private enum CodingKeys: String, CodingKey {
    case version
    case kernelLevel = "kernel_level"
    case precision
    case maximumRows = "maximum_rows"
    case data
    case parameters
  }

  init(_ trainer: Trainer) {
    version = Self.currentVersion
    kernelLevel = trainer.model.kernels.level.rawValue
    precision = trainer.model.options.precision.rawValue
    maximumRows = trainer.model.options.maximumRows
    data = trainer.data.fingerprint
    parameters = trainer.optimizer.parameters.map { "\($0.name) \($0.shape)" }
    options = trainer.initialOptions.json
  }

  /// Refuses a checkpoint of `stored`, naming the first difference.
  func check(_ stored: RunIdentity) throws(TrainingError) {
    try check("a checkpoint format", stored.version, version)
    try check("kernels", stored.kernelLevel, kernelLevel)
    try check("precision", stored.precision, precision)
    try check("maximum_rows", stored.maximumRows, maximumRows)
    try check("data", stored.data, data)
    for key in options.keys + stored.options.keys {
      let (old, new) = (stored.options[key] ?? .null, options[key] ?? .null)
      try check(key, old.canonicalText, new.canonicalText)
    }
    for (old, new) in zip(stored.parameters, parameters) { try check("the parameter", old, new) }
    try check("trained parameters", stored.parameters.count, parameters.count)
  }

  private func check<Value: Equatable & CustomStringConvertible>(
    _ what: String,
    _ stored: Value,
    _ given: Value
  ) throws(TrainingError) {
    guard stored == given else {
      throw .differentRun(what: what, stored: stored.description, given: given.description)
    }
  }
}
