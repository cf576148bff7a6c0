import ArgumentParser
import Launch
import Postgres

struct ModelListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the models and adapters that you can name in jobs: yours, and those that are shared."
  )

  @Flag(help: "Print a JSON array.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    try await database.withConnection { connection in
      if json {
        let rows = try await connection.query(
          "SELECT to_json(m)::text FROM quern.models AS m ORDER BY m.name, m.version"
        )
        Console.writeArray(try rows.map { try $0.decode(0, as: String.self) })
      } else {
        try list(
          try await connection.query(
            """
            SELECT m.model, m.architecture, m.parameters, m.context_length::bigint, m.precision, m.size, m.base, m.visibility,
                   m.owner,
                   extract(epoch FROM now() - m.created_at)::float8 AS age
            FROM quern.models AS m
            ORDER BY m.name, m.version
            """
          )
        )
      }
    }
  }

  private func list(_ rows: PostgresResult) throws {
    if rows.isEmpty { return Console.note("no models yet; import one with `quern model import DIR --name NAME`") }
    var table = Table(
      .init("MODEL"),
      .init("ARCHITECTURE"),
      .init("PARAMETERS", .right),
      .init("CONTEXT", .right),
      .init("PRECISION"),
      .init("SIZE", .right),
      .init("BASE"),
      .init("VISIBILITY"),
      .init("AGE", .right),
      .init("BY")
    )
    for row in rows {
      table.append(
        try row.decode("model"),
        try row.decode("architecture", as: String?.self) ?? "",
        try row.decode("parameters", as: Int?.self).map(Quantities.count) ?? "",
        try row.decode("context_length", as: Int?.self).map(String.init) ?? "",
        try row.decode("precision"),
        try row.decode("size", as: Int?.self).map(Quantities.bytes) ?? "",
        try row.decode("base", as: String?.self) ?? "",
        try row.decode("visibility"),
        Quantities.duration(seconds: try row.decode("age")),
        try row.decode("owner")
      )
    }
    Console.write(table.text(width: Console.columns))
  }
}
