internal import Foundation
internal import JSON

/// trainer_state.json: what transformers writes, for its tools, and the whole state under `stateful_callbacks`, where
/// transformers keeps what it does not know.
struct StateFile: Sendable, Hashable {
  static let name = "trainer_state.json"
  /// The state of a run of 10⁶ logged steps is smaller.
  private static let largestByteCount = 1 << 28

  let identity: RunIdentity
  let state: TrainerState

  private struct Content: Codable {
    let identity: RunIdentity
    let state: TrainerState
  }

  init(identity: RunIdentity, state: TrainerState) {
    self.identity = identity
    self.state = state
  }

  init(directory: String) throws(TrainingError) {
    let path = directory + "/" + Self.name
    let json = try Self.json(path)
    guard let ours = json["stateful_callbacks"]?["quern"]?.object,
      let content = ours["content"], let options = ours["options"]?.object,
      let adjustments = ours["adjustments"]?.array, let history = json["log_history"]?.array
    else { throw .invalidState(path: path, problem: "it was not written by this trainer") }
    do {
      let content = try Self.decoder.decode(Content.self, from: Data(content.text.utf8))
      var (identity, state) = (content.identity, content.state)
      identity.options = options
      state.logHistory = history
      state.adjustments = try adjustments.map { try TrainingAdjustment($0) }
      (self.identity, self.state) = (identity, state)
    } catch {
      throw .invalidState(path: path, problem: "it lacks what a state has (\(error))")
    }
    guard state.globalStep >= 0, (0...state.globalStep).contains(state.updateCount),
      state.evaluation?.exampleCount ?? 0 >= 0
    else { throw .invalidState(path: path, problem: "its counters contradict each other") }
  }

  private static func json(_ path: String) throws(TrainingError) -> JSONValue {
    do {
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      guard size <= largestByteCount else {
        throw TrainingError.invalidState(path: path, problem: "\(size) bytes are more than a state has")
      }
      return try JSONValue(parsing: [UInt8](try Data(contentsOf: URL(filePath: path))))
    } catch let error as TrainingError {
      throw error
    } catch {
      throw .invalidState(path: path, problem: "\(error)")
    }
  }

  func write(to directory: String, trainer: Trainer) throws(TrainingError) {
    let path = directory + "/" + Self.name
    do {
      let content = Content(identity: identity, state: state)
      let ours: JSONValue = [
        "content": try JSONValue(parsing: [UInt8](try Self.encoder.encode(content))),
        "options": .object(identity.options), "adjustments": .array(state.adjustments.map(\.json)),
      ]
      let object = members(trainer, ours)
      try Data(JSONValue.object(object).text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, problem: error.localizedDescription)
    }
  }

  private func members(_ trainer: Trainer, _ ours: JSONValue) -> JSONObject {
    let plan = trainer.plan
    let options = trainer.options
    let position = plan.position(atStep: state.globalStep)
    func steps(_ interval: Interval) -> JSONValue {
      interval.stepCount(totalSteps: plan.totalSteps).map { JSONValue($0) } ?? .null
    }
    var saveSteps = JSONValue.null
    if case .interval(let interval) = options.saving.moment { saveSteps = steps(interval) }
    return [
      "epoch": .number(plan.epoch(afterStep: state.globalStep)),
      "global_step": JSONValue(state.globalStep),
      "max_steps": JSONValue(plan.totalSteps),
      "logging_steps": steps(options.logging.interval),
      "eval_steps": steps(options.evaluation.interval),
      "save_steps": saveSteps,
      "train_batch_size": JSONValue(plan.batchSize),
      "num_train_epochs": JSONValue(plan.epochCount),
      "num_input_tokens_seen": JSONValue(state.tokensSeen),
      "total_flos": 0,
      "log_history": .array(state.logHistory),
      "best_metric": state.best.metric.map { .finite($0) } ?? .null,
      "best_global_step": state.best.step.map { JSONValue($0) } ?? .null,
      "best_model_checkpoint": state.best.step.map { .string("checkpoint-\($0)") } ?? .null,
      "is_local_process_zero": true,
      "is_world_process_zero": true,
      "is_hyper_param_search": false,
      "trial_name": nil,
      "trial_params": nil,
      "stateful_callbacks": [
        "quern": ours,
        "sampler": [
          "seed": .string("\(options.batches.seed ?? options.seed)"), "epoch": JSONValue(position.epoch),
          "position": JSONValue(position.row),
        ],
      ],
    ]
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return decoder
  }
}

extension TrainingAdjustment {
  fileprivate var json: JSONValue {
    ["sequence": JSONValue(sequence), "step": JSONValue(step), "changes": .object(changes)]
  }

  fileprivate init(_ json: JSONValue) throws {
    guard let sequence = json["sequence"]?.integer, let step = json["step"]?.integer,
      let changes = json["changes"]?.object
    else { throw JSONShapeError() }
    self.init(sequence: sequence, step: step, changes: changes)
  }
}

private struct JSONShapeError: Error, CustomStringConvertible {
  var description: String { "an adjustment has a sequence, a step and changes" }
}
