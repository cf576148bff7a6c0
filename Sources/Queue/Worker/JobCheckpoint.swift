import Foundation
package import JSON

/// A checkpoint on its way into the database.
package struct NewCheckpoint: Sendable, Hashable {
  package struct File: Sendable, Hashable {
    /// Its name inside the checkpoint.
    package let path: String
    /// Where it is now.
    package let location: String

    package init(path: String, location: String) {
      self.path = path
      self.location = location
    }

    /// All files under a directory, by their paths inside it.
    package static func all(in directory: String) throws(JobError) -> [File] {
      do {
        return try FileManager.default.subpathsOfDirectory(atPath: directory).sorted().compactMap { path in
          let location = directory + "/" + path
          let type = try FileManager.default.attributesOfItem(atPath: location)[.type] as? FileAttributeType
          return type == .typeRegular ? File(path: path, location: location) : nil
        }
      } catch {
        throw JobError(.internalError, "what a job made cannot be read: \(type(of: error))")
      }
    }
  }

  package let step: Int
  package let files: [File]
  /// What computed it: another level may give other bits.
  package let kernelLevel: String
  package let detail: JSONValue
  /// What `best` goes by.
  package let metric: Double?
  /// Earlier steps whose checkpoints stay; nil for all.
  package let keeping: Set<Int>?

  package init(
    step: Int,
    files: [File],
    kernelLevel: String,
    detail: JSONValue = [:],
    metric: Double? = nil,
    keeping: Set<Int>? = nil
  ) {
    self.step = step
    self.files = files
    self.kernelLevel = kernelLevel
    self.detail = detail
    self.metric = metric
    self.keeping = keeping
  }
}

/// A checkpoint as an earlier attempt stored it, its files in a directory that is gone with the value.
package final class StoredCheckpoint: Sendable {
  package let step: Int
  /// The attempt that stored it.
  package let attempt: Int
  package let kernelLevel: String
  package let metric: Double?
  package let detail: JSONValue
  private let scratch: ScratchDirectory

  package var directory: String { scratch.path }

  init(_ manifest: CheckpointManifest, in scratch: ScratchDirectory) {
    step = manifest.step
    attempt = manifest.attempt
    kernelLevel = manifest.kernelLevel
    metric = manifest.metric
    detail = manifest.detail
    self.scratch = scratch
  }
}
