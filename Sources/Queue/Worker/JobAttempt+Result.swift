package import FoundationEssentials
package import JSON

/// A model or an adapter that a job made.
package struct MadeModel: Sendable, Hashable {
  package let name: String
  /// For an adapter, `name@version` of its model.
  package let base: String?
  /// config.json or adapter_config.json.
  package let config: JSONValue
  package let files: [NewCheckpoint.File]
  /// As `quern.register_model` has it.
  package let detail: JSONValue

  package init(name: String, base: String?, config: JSONValue, files: [NewCheckpoint.File], detail: JSONValue) {
    self.name = name
    self.base = base
    self.config = config
    self.files = files
    self.detail = detail
  }
}

extension JobAttempt {
  /// Registers what the job made as its submitter's own. An attempt that is repeated after that makes nothing twice.
  /// - Returns: `name@version`.
  package func register(_ made: MadeModel) async throws(JobError) -> String {
    try await storing { () throws(JobError) in try await store(made) }
  }

  private func store(_ made: MadeModel) async throws(JobError) -> String {
    let files = try await manifestFiles(of: made.files)
    // A sweep may take what an earlier attempt left just when it was found: then once more.
    for attemptsLeft in [1, 0] {
      try await upload(made.files, as: files, in: .models)
      do throws(JobError) {
        let reference = try await insist { session throws(QueueError) in
          try await session.register(made, files: files, of: self.id)
        }
        guard let reference else { throw JobError.stopped }
        return reference
      } catch {
        if attemptsLeft == 0 || error.code == .cancelled { throw error }
      }
    }
    throw .stopped
  }

  /// When the job was submitted, by the database.
  package func submissionTime() async throws(JobError) -> Date {
    let time = try await insist { session throws(QueueError) in try await session.submissionTime(of: self.id) }
    guard let time else { throw .stopped }
    return time
  }
}
