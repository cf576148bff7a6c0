import JSON
import Registry

extension JobAttempt {
  /// Stores files and checkpoint; when it returns, another attempt can continue from there. Not twice at a time.
  ///
  /// What the database has already, of an earlier checkpoint or of an upload that broke off, is not sent again.
  package func storeCheckpoint(_ checkpoint: NewCheckpoint) async throws(JobError) {
    try await storing { () throws(JobError) in try await store(checkpoint) }
  }

  private func store(_ checkpoint: NewCheckpoint) async throws(JobError) {
    let start = ContinuousClock.now
    let files = try await manifestFiles(of: checkpoint.files)
    let (progress, training) = (fraction, status?.json ?? [:])
    // A sweep may take what an earlier attempt left just when it was found: then once more.
    for attemptsLeft in [1, 0] {
      try await upload(checkpoint.files, as: files, in: .checkpoints)
      do throws(JobError) {
        return try await insistOnWriting { session throws(QueueError) in
          try await session.store(
            checkpoint,
            files: files,
            progress: progress,
            training: training,
            duration: ContinuousClock.now - start,
            of: self.id
          )
        }
      } catch {
        if attemptsLeft == 0 || error.code == .cancelled { throw error }
      }
    }
  }

  /// The youngest checkpoint of the job, downloaded and checked; nil when there is none.
  package func latestCheckpoint() async throws(JobError) -> StoredCheckpoint? {
    try await download(
      try await insist { session throws(QueueError) in try await session.latestCheckpoint(of: self.id) }
    )
  }

  /// The checkpoint of a step, downloaded and checked; nil when there is none.
  package func checkpoint(atStep step: Int) async throws(JobError) -> StoredCheckpoint? {
    try await download(
      try await insist { session throws(QueueError) in try await session.checkpoint(atStep: step, of: self.id) }
    )
  }

  /// The steps of all checkpoints that the job has.
  package func storedSteps() async throws(JobError) -> Set<Int> {
    Set(try await insist { session throws(QueueError) in try await session.storedSteps(of: self.id) })
  }

  private func download(_ found: CheckpointManifest?) async throws(JobError) -> StoredCheckpoint? {
    guard let manifest = found else { return nil }
    let scratch = try makeScratchDirectory()
    for file in manifest.files { try await download(file, to: scratch.location(of: file.path)) }
    return StoredCheckpoint(manifest, in: scratch)
  }

  func manifestFiles(of sources: [NewCheckpoint.File]) async throws(JobError) -> [CheckpointManifest.File] {
    try await wordingErrors {
      var files: [CheckpointManifest.File] = []
      for file in sources {
        let (blob, size) = try await BlobID.hashing(file.location)
        files.append(CheckpointManifest.File(path: file.path, blob: blob, size: size))
      }
      return files
    }
  }

  func upload(
    _ sources: [NewCheckpoint.File],
    as files: [CheckpointManifest.File],
    in store: AttemptStore
  ) async throws(JobError) {
    var missing = try await insist { session throws(QueueError) in
      try await session.missing(of: files, for: self.id, in: store)
    }
    for (source, file) in zip(sources, files) where missing.remove(file.blob) != nil {
      var index = 0
      func put(_ bytes: [UInt8]) async throws {
        try await insistOnWriting { session throws(QueueError) in
          try await session.put(bytes, index: index, of: file, for: self.id, in: store)
        }
        index += 1
      }
      try await wordingErrors {
        // An empty file has one empty chunk: what has none is not stored.
        if file.size == 0 { try await put([]) } else { try await FileChunks(path: source.location).forEach(put) }
      }
    }
  }

  private func download(_ file: CheckpointManifest.File, to location: String) async throws(JobError) {
    try await wordingErrors {
      try await file.blob.write(to: location, size: file.size) { index in
        try await self.insist { session throws(QueueError) in
          try await session.chunk(index, of: file, for: self.id)
        }
      }
    }
  }

  private func wordingErrors<Success>(_ body: () async throws -> Success) async throws(JobError) -> Success {
    do {
      return try await body()
    } catch let error as JobError {
      throw error
    } catch let error as RegistryError {
      throw JobError(.internalError, error.description)
    } catch {
      throw JobError(.internalError, "a checkpoint could not be read or written: \(type(of: error))")
    }
  }
}
