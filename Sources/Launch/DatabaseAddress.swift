import Foundation
package import Postgres

/// Where an executable found its database.
package struct DatabaseAddress: Sendable {
  package enum Source: Sendable, Hashable {
    case argument
    case credential
    case file(String)
    case environment
    case libpqVariables
    case embedded(Home)
  }

  package let source: Source
  package var configuration: PostgresConfiguration

  /// Looks in the order that every executable documents: `--database`, the credential `db-url`,
  /// `QUERN_DATABASE_URL_FILE`, `QUERN_DATABASE_URL`, the `PG*` variables, the embedded server of `QUERN_HOME`.
  /// - Throws: `DatabaseAddressError`, `PostgresError.configuration`.
  package init(argument: String?, environment: [String: String]) throws {
    (source, configuration) = try Self.find(argument, environment)
  }

  private static func find(
    _ argument: String?,
    _ environment: [String: String]
  ) throws -> (Source, PostgresConfiguration) {
    if let argument {
      let configuration = try PostgresConfiguration(url: argument)
      guard !configuration.hasPassword else { throw DatabaseAddressError.passwordInArgument }
      return (.argument, configuration)
    }
    if let directory = environment["CREDENTIALS_DIRECTORY"] {
      let path = directory + "/db-url"
      if FileManager.default.fileExists(atPath: path) { return (.credential, try read(path)) }
    }
    if let path = environment["QUERN_DATABASE_URL_FILE"], !path.isEmpty { return (.file(path), try read(path)) }
    if let url = environment["QUERN_DATABASE_URL"], !url.isEmpty {
      return (.environment, try PostgresConfiguration(url: url))
    }
    if ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGPORT", "PGDATABASE"].contains(where: { environment[$0] != nil }) {
      return (.libpqVariables, PostgresConfiguration())
    }
    let home = Home(environment: environment)
    guard let configuration = PostgresServer.configuration(ofHome: home.directory) else {
      throw DatabaseAddressError.none(home: home.directory)
    }
    return (.embedded(home), configuration)
  }

  private static func read(_ path: String) throws -> PostgresConfiguration {
    guard let url = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw DatabaseAddressError.unreadable(path: path)
    }
    return try PostgresConfiguration(url: url.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}

package enum DatabaseAddressError: Error, Hashable, CustomStringConvertible {
  case passwordInArgument
  case unreadable(path: String)
  case none(home: String)

  package var description: String {
    switch self {
    case .passwordInArgument:
      "--database holds a password, which every user of this machine could read in the process list; "
        + "put the URL into a file and name it in QUERN_DATABASE_URL_FILE, or use ~/.pgpass"
    case .unreadable(let path):
      "cannot read the database URL from \(path); check the path and its permissions"
    case .none(let home):
      "no database: start `quern up`, or name one with --database or QUERN_DATABASE_URL (nothing runs in \(home))"
    }
  }
}
