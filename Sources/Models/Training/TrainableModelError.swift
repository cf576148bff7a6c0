package import Checkpoints

/// Why a model cannot be trained as asked.
package enum TrainableModelError: Error, Sendable, Hashable {
  case checkpoint(CheckpointError)
  case encoder(modelType: String)
  case noModule(named: String, key: String, known: [String])
  case noTargets(modelType: String)
  /// `number` is that of no layer; nil: no layer is left.
  case noLayer(number: Int?, known: [Int])
  case invalidExpression(String, key: String)
  case outOfRange(key: String, value: String, range: String)
  case partlyFrozen(tensors: [String])
  case tiedModule(String)
  case nothingLearns
}

extension TrainableModelError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .checkpoint(let error): error.description
    case .encoder(let type): "a model of type \(type) predicts no tokens; fine-tune a decoder"
    case .noModule(let name, let key, let known):
      "\(key) names '\(name)', which no module of the model is; there are \(known.joined(separator: ", "))"
    case .noTargets(let type):
      "there are no usual target_modules for models of type \(type); name them, or say all-linear"
    case .noLayer(let number, let known):
      number.map { "layers_to_transform has \($0), which is the number of no layer" + Self.choices(known) }
        ?? "layers_to_transform leaves no module of target_modules" + Self.choices(known)
    case .invalidExpression(let text, let key):
      "\(key) has '\(text)', which is no regular expression; correct it or give names"
    case .outOfRange(let key, let value, let range): "\(key) is \(value), not within \(range)"
    case .partlyFrozen(let tensors):
      "\(tensors.joined(separator: ", ")) are one matrix here; freeze or train all of them"
    case .tiedModule(let name):
      "\(name) shares its weights with the model's other end; leave it out of modules_to_save and target_modules"
    case .nothingLearns: "everything is frozen; leave something to train"
    }
  }

  private static func choices(_ layers: [Int]) -> String {
    guard let first = layers.first, let last = layers.last else {
      return "; no layer has a number behind its layers_pattern: correct that"
    }
    return "; there are \(first) to \(last)"
  }
}
