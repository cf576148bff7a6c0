import JSON
import Queue
import Training

extension TrainingEvent {
  /// What of it becomes an event of the job; adjustments and checkpoints have events of the queue.
  var note: JobNote? {
    switch self {
    case .probed(let rows, let seconds):
      JobNote("probed", data: ["tokens": JSONValue(rows), "seconds": .number(seconds)])
    case .log(let step, let values): JobNote("training_log", data: Self.plain(values, step: step))
    case .evaluated(let step, let values): JobNote("evaluation", data: Self.plain(values, step: step))
    case .best(let step, let metric):
      JobNote("best", data: ["step": JSONValue(step), "metric": .number(metric)])
    case .warning(let step, let warning):
      JobNote(
        warning.isNonFinite ? "nan_loss" : "warning",
        level: .warning,
        data: ["step": JSONValue(step), "code": .string(warning.code)],
        message: warning.description
      )
    case .finished(let step, let reason, let values):
      JobNote("trained", data: Self.plain(values, step: step, ["reason": .string(reason.rawValue)]))
    case .adjusted, .checkpointDue: nil
    }
  }

  private static func plain(_ values: JSONObject, step: Int, _ more: JSONObject = [:]) -> JSONValue {
    var members = values
    members["step"] = JSONValue(step)
    for (name, value) in more { members[name] = value }
    return .object(members)
  }
}

extension TrainingWarning {
  fileprivate var isNonFinite: Bool { if case .nonFiniteLoss = self { true } else { false } }
}

extension TrainingStatus {
  /// Takes over what an event says.
  mutating func update(_ event: TrainingEvent) {
    switch event {
    case .log(_, let values):
      loss = values["loss"]?.double ?? loss
      learningRate = values["learning_rate"]?.double ?? learningRate
      gradientNorm = values["grad_norm"]?.double ?? gradientNorm
      tokensPerSecond = values["tokens_per_second"]?.double ?? tokensPerSecond
      meanTokenAccuracy = values["mean_token_accuracy"]?.double ?? meanTokenAccuracy
      epoch = values["epoch"]?.double ?? epoch
    case .evaluated(_, let values): evalLoss = values["eval_loss"]?.double ?? evalLoss
    default: break
    }
  }
}
