import Logging
import ServiceLifecycle
import Subprocess

extension PostgresServer {
  /// Starts the server, starts it again when it dies, and stops it at graceful shutdown or cancellation.
  ///
  /// A guardian process stops it when we are killed without a chance to do so.
  package nonisolated func run() async throws {
    try await start()
    let outcome: Result<Void, any Error>
    do {
      try await withGuardian { try await cancelWhenGracefulShutdown { try await self.supervise() } }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    await stop()
    // Cancellation is how supervision ends.
    if case .failure(let error) = outcome, !(error is CancellationError) { throw error }
  }

  private nonisolated func supervise() async throws {
    while true {
      try await Task.sleep(for: .milliseconds(500))
      if processID != nil { continue }
      logger.info("the embedded PostgreSQL stopped and is started again")
      do throws(PostgresError) {
        try await launch()
      } catch {
        // Such as a full disk: clients wait for the database, and a server that cannot start today may do so later.
        logger.error("the embedded PostgreSQL did not start", metadata: ["error": "\(error)"])
        try await Task.sleep(for: .seconds(2))
      }
    }
  }

  /// The guardian reads a pipe whose other end we hold: an end of file without a word means that we are gone.
  private nonisolated func withGuardian(_ body: () async throws -> Void) async throws {
    let script = #"read -r word || kill -INT "$(head -n 1 postgres/postmaster.pid)""#
    let programs = ServerPrograms(binaries: ServerBinaries(directory: ""), directories: directories)
    _ = try await Subprocess.run(
      programs.configuration("/bin/sh", ["-c", script]),
      input: .inputWriter,
      output: .discarded,
      error: .discarded
    ) { guardian in
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
      await Self.dismiss(guardian.standardInputWriter)
      try outcome.get()
    }
  }

  private nonisolated static func dismiss(_ writer: StandardInputWriter) async {
    // A guardian that is gone needs no word.
    _ = try? await writer.write(Array("done\n".utf8))
    try? await writer.finish()
  }
}
