import ArgumentParser
import Launch
import Postgres

struct DatasetListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List your datasets."
  )

  @Flag(help: "Print a JSON array.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    try await database.withConnection { connection in
      if json {
        let rows = try await connection.query(
          "SELECT to_json(d)::text FROM quern.datasets AS d ORDER BY d.owner, d.name, d.version"
        )
        Console.writeArray(try rows.map { try $0.decode(0, as: String.self) })
      } else {
        try list(
          try await connection.query(
            """
            SELECT d.dataset, d.rows, d.size, d.detail ->> 'source' AS source, d.owner,
                   extract(epoch FROM now() - d.created_at)::float8 AS age
            FROM quern.datasets AS d
            ORDER BY d.owner, d.name, d.version
            """
          )
        )
      }
    }
  }

  private func list(_ rows: PostgresResult) throws {
    if rows.isEmpty {
      return Console.note("no datasets yet; import one with `quern dataset import FILE --name NAME`")
    }
    var table = Table(
      .init("DATASET"),
      .init("ROWS", .right),
      .init("SIZE", .right),
      .init("FROM"),
      .init("AGE", .right),
      .init("BY")
    )
    for row in rows {
      table.append(
        try row.decode("dataset"),
        String(try row.decode("rows", as: Int.self)),
        Quantities.bytes(try row.decode("size")),
        try row.decode("source", as: String?.self) ?? "",
        Quantities.duration(seconds: try row.decode("age")),
        try row.decode("owner")
      )
    }
    Console.write(table.text(width: Console.columns))
  }
}
