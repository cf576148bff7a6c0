import Foundation
import JSON

/// Where a training stands, in the line that waiting commands draw over and over.
struct TrainingLine {
  let text: String

  /// - Parameter training: the column of `quern.jobs`.
  init?(_ training: JSONValue?) {
    guard let training, let step = training["step"]?.integer else { return nil }
    let steps = training["steps"]?.integer.map { "/\($0)" } ?? ""
    let numbers: [String?] = [
      training["loss"]?.double.map { String(format: "loss %.4g", $0) },
      training["eval_loss"]?.double.map { String(format: "eval %.4g", $0) },
      training["learning_rate"]?.double.map { String(format: "lr %.3g", $0) },
      training["tokens_per_second"]?.double.map { String(format: "%.0f tok/s", $0) },
      training["eta_seconds"]?.double.map { "\(Quantities.duration(seconds: $0)) left" },
    ]
    text = (["step \(step)\(steps)"] + numbers.compactMap(\.self)).joined(separator: ", ")
  }
}
