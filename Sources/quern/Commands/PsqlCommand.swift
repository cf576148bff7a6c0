import ArgumentParser
import Foundation
import Launch
import Postgres

struct PsqlCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "psql",
    abstract: "Start psql on the database in use.",
    usage: "quern psql [--database <url>] [<psql arguments> ...]",
    discussion: "For example: quern psql -c 'SELECT id, state FROM quern.jobs'"
  )

  @OptionGroup var database: DatabaseOptions

  @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("Arguments for psql.", valueName: "psql arguments"))
  var arguments: [String] = []

  /// Becomes psql: its exit code is ours. The password goes by the environment, which other users cannot read.
  func run() async throws {
    let configuration = try database.address(applicationName: "quern psql").configuration
    if let password = configuration.password { setenv("PGPASSWORD", password, 1) }
    let conninfo = configuration.conninfo
    let words = ["psql"] + (conninfo.isEmpty ? [] : ["--dbname=\(conninfo)"]) + arguments
    var pointers = words.map { strdup($0) } + [nil]
    execvp("psql", &pointers)
    throw CommandFailure("cannot start psql: \(String(cString: strerror(errno))); install postgresql-client")
  }
}
