import Postgres
import Testing

@Suite struct `A configuration` {
  @Test(arguments: [
    "postgresql://jane:sesame@db.example.org:5433/jobs?sslmode=require",
    "host=db.example.org port=5433 user=jane password=sesame dbname=jobs",
  ])
  func `never shows its password`(_ url: String) throws {
    let configuration = try PostgresConfiguration(url: url)
    var dumped = ""
    dump(configuration, to: &dumped)
    let shown = ["\(configuration)", String(reflecting: configuration), configuration.conninfo, dumped]
    #expect(shown.allSatisfy { !$0.contains("sesame") && $0.contains("db.example.org") })
    #expect(configuration.hasPassword && configuration.password == "sesame")
    #expect(configuration.database == "jobs" && configuration.user == "jane")
  }

  @Test(arguments: ["postgresql://jane:ses%ame@host/db", "host sesame", "password=a b=sesame", "a\0sesame"])
  func `does not quote what it cannot read`(_ url: String) {
    let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
    #expect(error.map { !"\($0)".contains("ses") } == true)
  }

  @Test func `has no password unless one is given`() throws {
    #expect(try !PostgresConfiguration(url: "postgresql:///db?host=/run/pg").hasPassword)
    #expect(!PostgresConfiguration().hasPassword)
  }

  @Test func `quotes hostile values for psql`() throws {
    let configuration = PostgresConfiguration(socketDirectory: #"/a b'c\d"#, database: "x", user: "y")
    #expect(try PostgresConfiguration(url: configuration.conninfo) == configuration)
  }
}
