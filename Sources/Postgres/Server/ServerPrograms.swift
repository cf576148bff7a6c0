import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// Runs PostgreSQL's programs as the server's user, inside the home.
struct ServerPrograms: Sendable {
  let binaries: ServerBinaries
  let directories: ServerDirectories

  /// UTF-8, bytewise order, checksums on pages, and no way in but the socket.
  func createCluster() async throws(PostgresError) {
    try removeUnfinished()
    try directories.makePrivate(directories.unfinishedData)
    try await run(
      "initdb",
      [
        "--pgdata=postgres.new", "--username=\(PostgresServer.userName)", "--encoding=UTF8", "--locale=C.UTF-8",
        "--auth-local=trust", "--auth-host=reject", "--data-checksums",
      ]
    )
    try append("\ninclude_if_exists = 'quern.conf'\n", to: directories.unfinishedData + "/postgresql.conf")
    if unsafe rename(directories.unfinishedData, directories.data) != 0 { throw .file(directories.data) }
  }

  func writeSettings(_ settings: ServerSettings) throws(PostgresError) {
    let path = directories.data + "/quern.conf"
    guard FileManager.default.createFile(atPath: path, contents: Data(settings.text.utf8)) else { throw .file(path) }
    if let user = directories.user, unsafe chown(path, user.userID, user.groupID) != 0 { throw .file(path) }
  }

  /// The postmaster gets a session of its own, so that a Ctrl-C on the terminal reaches only us. Recovery may take long.
  func startPostmaster() async throws(PostgresError) {
    // Relative paths, because pg_ctl gives them to a shell.
    let arguments = ["start", "--silent", "--wait", "--timeout=600", "--pgdata=postgres", "--log=postgres/startup.log"]
    do throws(PostgresError) {
      try await run("pg_ctl", arguments)
    } catch .embeddedServer(.command(let name, let output)) {
      throw .embeddedServer(.command(name: name, output: output + lastStartupLines()))
    }
  }

  /// Where PostgreSQL says why it did not start.
  private func lastStartupLines() -> String {
    guard let bytes = FileManager.default.contents(atPath: directories.data + "/startup.log") else { return "" }
    return " " + String(decoding: bytes.suffix(500), as: UTF8.self).split(separator: "\n").joined(separator: " ")
  }

  private func removeUnfinished() throws(PostgresError) {
    guard unsafe access(directories.unfinishedData, F_OK) == 0 else { return }
    do {
      try FileManager.default.removeItem(atPath: directories.unfinishedData)
    } catch {
      throw .embeddedServer(.file(path: directories.unfinishedData, reason: "cannot be removed"))
    }
  }

  private func append(_ text: String, to path: String) throws(PostgresError) {
    guard var content = FileManager.default.contents(atPath: path) else { throw .file(path) }
    content.append(contentsOf: text.utf8)
    do { try content.write(to: URL(filePath: path)) } catch { throw .file(path) }
  }
}

extension ServerPrograms {
  /// A program as the server's user inside the home, in a session of its own, without our environment, whose `PG*`
  /// variables would change what it does.
  func configuration(_ path: String, _ arguments: [String]) -> Configuration {
    var options = PlatformOptions()
    options.createSession = true
    // Not the user of PlatformOptions: glibc's setuid in the forked child of a process with threads may wait for ever
    // for threads that the child does not have (seen with swift-subprocess 1.0.2 and glibc 2.36).
    let dropping = directories.user.map {
      ["/usr/bin/setpriv", "--reuid=\($0.userID)", "--regid=\($0.groupID)", "--clear-groups"]
    }
    let command = (dropping ?? []) + [path] + arguments
    return Configuration(
      executable: .path(FilePath(command[0])),
      arguments: Arguments(Array(command.dropFirst())),
      environment: .custom(["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]),
      workingDirectory: FilePath(directories.home),
      platformOptions: options
    )
  }

  private func run(_ name: String, _ arguments: [String]) async throws(PostgresError) {
    do {
      let outcome = try await Subprocess.run(
        configuration("\(binaries.directory)/\(name)", arguments),
        output: .string(limit: 1 << 20),
        error: .combinedWithOutput
      )
      if outcome.terminationStatus.isSuccess { return }
      let output = outcome.standardOutput.split(separator: "\n").suffix(5).joined(separator: " ")
      throw PostgresError.embeddedServer(.command(name: name, output: output))
    } catch let error as PostgresError {
      throw error
    } catch {
      throw .embeddedServer(.command(name: name, output: "\(error)"))
    }
  }
}
