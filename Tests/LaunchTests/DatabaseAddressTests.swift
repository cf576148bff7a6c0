import Foundation
import Launch
import Postgres
import Testing

struct DatabaseAddressTests {
  private static let file = NSTemporaryDirectory() + "quern-url-\(UUID().uuidString)"

  @Test func `a password in an argument is refused`() {
    #expect(throws: DatabaseAddressError.passwordInArgument) {
      try DatabaseAddress(argument: "postgresql://ann:secret@host/db", environment: [:])
    }
  }

  @Test func `the argument comes first, then the file, the variable, libpq's variables`() throws {
    try Data("postgresql://file-user@host/db\n".utf8).write(to: URL(filePath: Self.file))
    defer { try? FileManager.default.removeItem(atPath: Self.file) }
    var environment = [
      "QUERN_DATABASE_URL_FILE": Self.file, "QUERN_DATABASE_URL": "host=variable", "PGHOST": "libpq",
    ]
    #expect(try DatabaseAddress(argument: "host=argument", environment: environment).configuration.host == "argument")
    #expect(try DatabaseAddress(argument: nil, environment: environment).configuration.user == "file-user")
    environment["QUERN_DATABASE_URL_FILE"] = nil
    #expect(try DatabaseAddress(argument: nil, environment: environment).configuration.host == "variable")
    environment["QUERN_DATABASE_URL"] = ""
    #expect(try DatabaseAddress(argument: nil, environment: environment).source == .libpqVariables)
  }

  @Test func `systemd's credential comes before the environment`() throws {
    let directory = NSTemporaryDirectory() + "quern-credentials-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try Data("postgresql://ann:secret@host/db".utf8).write(to: URL(filePath: directory + "/db-url"))
    let environment = ["CREDENTIALS_DIRECTORY": directory, "QUERN_DATABASE_URL": "host=variable"]
    let address = try DatabaseAddress(argument: nil, environment: environment)
    #expect(address.source == .credential)
    #expect(address.configuration.hasPassword && !"\(address.configuration)".contains("secret"))
  }

  @Test func `a file that cannot be read, and no database at all, say what to do`() {
    let unreadable = #expect(throws: DatabaseAddressError.self) {
      try DatabaseAddress(argument: nil, environment: ["QUERN_DATABASE_URL_FILE": "/nonexistent/url"])
    }
    #expect(unreadable?.description.contains("/nonexistent/url") == true)
    let none = #expect(throws: DatabaseAddressError.self) {
      try DatabaseAddress(argument: nil, environment: ["QUERN_HOME": "/nonexistent"])
    }
    #expect(none?.description.contains("quern up") == true)
  }
}

struct HomeTests {
  @Test func `the option comes before QUERN_HOME, and QUERN_HOME before the user's data directory`() {
    let environment = ["QUERN_HOME": "/srv/quern", "XDG_DATA_HOME": "/data"]
    #expect(Home("/opt/q", environment: environment).directory == "/opt/q")
    #expect(Home(environment: environment).directory == "/srv/quern")
    #expect(Home(environment: ["XDG_DATA_HOME": "/data"]).directory == "/data/quern")
    #expect(Home(environment: ["XDG_DATA_HOME": "/data"]).journal == "/data/quern/run/journal.jsonl")
  }
}
