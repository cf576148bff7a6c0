package import ArgumentParser
import Foundation
import Postgres

/// `--database`, shared by every command that needs one.
package struct DatabaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The database, as postgresql://user@host/name or keyword=value; no passwords here.",
      discussion: """
        Without it: the systemd credential db-url, the file named by QUERN_DATABASE_URL_FILE, QUERN_DATABASE_URL, \
        the PG* variables of libpq, and at last the embedded server of QUERN_HOME (see `quern up`).
        """,
      valueName: "url"
    )
  )
  package var database: String?

  package init() {}

  /// - Throws: `DatabaseAddressError`, `PostgresError.configuration`.
  package func address(applicationName: String) throws -> DatabaseAddress {
    var address = try DatabaseAddress(argument: database, environment: ProcessInfo.processInfo.environment)
    address.configuration.applicationName = address.configuration.applicationName ?? applicationName
    return address
  }
}
