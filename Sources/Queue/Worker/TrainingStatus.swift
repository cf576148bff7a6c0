package import JSON

/// Where a training stands: numbers that go out with each heartbeat, into `quern.jobs` and the metrics `quern_train_*`.
package struct TrainingStatus: Sendable, Hashable {
  /// Done, of `steps`.
  package var step = 0
  package var steps = 0
  package var epoch: Double?
  package var loss: Double?
  package var evalLoss: Double?
  package var learningRate: Double?
  /// Before clipping.
  package var gradientNorm: Double?
  /// Trained on so far.
  package var tokens: Int?
  package var tokensPerSecond: Double?
  package var etaSeconds: Double?
  package var meanTokenAccuracy: Double?

  package init() {}

  /// Under the names of `trainer_state.json`; what is not a finite number is left out, since JSON has no word for it.
  package var json: JSONValue {
    let numbers: [(String, Double?)] = [
      ("epoch", epoch), ("loss", loss), ("eval_loss", evalLoss), ("learning_rate", learningRate),
      ("grad_norm", gradientNorm), ("tokens_per_second", tokensPerSecond), ("eta_seconds", etaSeconds),
      ("mean_token_accuracy", meanTokenAccuracy),
    ]
    var members: JSONObject = ["step": JSONValue(step), "steps": JSONValue(steps)]
    if let tokens { members["tokens"] = JSONValue(tokens) }
    for case (let name, let number?) in numbers where number.isFinite { members[name] = .number(number) }
    return .object(members)
  }
}
