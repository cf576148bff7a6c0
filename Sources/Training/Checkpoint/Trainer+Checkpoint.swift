internal import Checkpoints
internal import Foundation
internal import Models

extension Trainer {
  /// Writes a checkpoint directory that appears whole or not at all: the model's or adapter's files as Hugging Face and
  /// PEFT have them, optimizer.safetensors, trainer_state.json.
  /// - Parameters:
  ///   - baseModel: the base's name, for an adapter's configuration.
  ///   - metadata: of the weights' file.
  package func save(
    to directory: String,
    baseModel: String? = nil,
    metadata: [String: String] = [:]
  ) throws(TrainingError) {
    let temporary = directory + ".\(UUID().uuidString).part"
    do {
      try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: temporary, problem: error.localizedDescription)
    }
    do throws(TrainingError) {
      try saveModel(to: temporary, baseModel: baseModel, metadata: metadata)
      try saveRun(to: temporary)
      try Self.rename(temporary, to: directory)
    } catch {
      // The first error is the one to tell.
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
  }

  private func saveModel(
    to directory: String,
    baseModel: String?,
    metadata: [String: String]
  ) throws(TrainingError) {
    do throws(TrainableModelError) {
      try model.save(to: directory, baseModel: baseModel, metadata: metadata)
    } catch {
      guard case .checkpoint(let error) = error else {
        throw .cannotWrite(path: directory, problem: error.description)
      }
      throw .checkpoint(error)
    }
  }

  private func saveRun(to directory: String) throws(TrainingError) {
    do throws(CheckpointError) { try OptimizerFile.write(optimizer, to: directory) } catch { throw .checkpoint(error) }
    try StateFile(identity: RunIdentity(self), state: state).write(to: directory, trainer: self)
  }

  private static func rename(_ temporary: String, to directory: String) throws(TrainingError) {
    do {
      if FileManager.default.fileExists(atPath: directory) { try FileManager.default.removeItem(atPath: directory) }
      try FileManager.default.moveItem(atPath: temporary, toPath: directory)
    } catch {
      throw .cannotWrite(path: directory, problem: error.localizedDescription)
    }
  }

  /// Puts parameters and moments back as they were, and returns the state.
  func restore(from directory: String) throws(TrainingError) -> TrainerState {
    let file = try StateFile(directory: directory)
    try RunIdentity(self).check(file.identity)
    guard file.state.evaluation == nil || data.evaluation != nil else {
      throw .invalidState(path: directory, problem: "it stands inside an evaluation, and there is no eval split")
    }
    try loadParameters(from: directory)
    do throws(CheckpointError) { try OptimizerFile.readMoments(into: optimizer, from: directory) } catch {
      throw .checkpoint(error)
    }
    return file.state
  }

  /// Puts back the parameters of a checkpoint alone: the best model, at the end of a run.
  package func loadParameters(from directory: String) throws(TrainingError) {
    do throws(CheckpointError) {
      try ParameterFile.read(into: optimizer.parameters, from: directory)
      try OptimizerFile.readValues(into: optimizer.parameters, from: directory)
    } catch {
      throw .checkpoint(error)
    }
  }
}
