import Foundation
import JSON
import Postgres
import PostgresTestSupport
import Testing

@Suite struct `Values` {
  /// Sends `value` there and back, and has the server say its text.
  private func roundTrip<Value: PostgresCodable & Equatable>(_ value: Value, text: String?) async throws {
    try await withDatabaseConnection { connection in
      let row = try await connection.query("SELECT \(value) AS value, (\(value))::text AS text").onlyRow
      #expect(try row.decode("value", as: Value.self) == value)
      #expect(try row.decode("text", as: String?.self) == text)
    }
  }

  @Test func `integers of every width travel exactly`() async throws {
    try await roundTrip(Int64.min, text: "-9223372036854775808")
    try await roundTrip(Int.max, text: "9223372036854775807")
    try await roundTrip(Int32.min, text: "-2147483648")
    try await roundTrip(Int16(-7), text: "-7")
  }

  @Test func `floating point travels exactly, infinities too`() async throws {
    try await roundTrip(0.1, text: "0.1")
    try await roundTrip(Double.leastNonzeroMagnitude, text: "5e-324")
    try await roundTrip(-Double.infinity, text: "-Infinity")
    try await roundTrip(Float(1.5), text: "1.5")
  }

  @Test(arguments: ["", " ", "'; DROP TABLE x; --", "\\", "\"{}\",NULL", "é\u{301}👩‍👩‍👧‍👦\u{10FFFF}", "\n\t\r\u{1}"])
  func `hostile text travels exactly, alone and in arrays`(_ text: String) async throws {
    try await roundTrip(text, text: text)
    try await withDatabaseConnection { connection in
      let row = try await connection.query("SELECT \([text, "NULL", text]) AS value, (\([text]))[1] AS first").onlyRow
      #expect(
        try row.decode("value", as: [String].self).map { Array($0.utf8) }
          == [text, "NULL", text].map { Array($0.utf8) }
      )
      #expect(try row.decode("first", as: String.self) == text)
    }
  }

  @Test func `bytes travel exactly, also a mebibyte of them`() async throws {
    try await roundTrip([UInt8](), text: "\\x")
    try await roundTrip([0, 1, 0xff, 0x5c] as [UInt8], text: "\\x0001ff5c")
    let chunk = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await withDatabaseConnection { connection in
      let row = try await connection.query("SELECT \(chunk), length(\(chunk))").onlyRow
      #expect(try row.decode(0, as: [UInt8].self) == chunk)
      #expect(try row.decode(1, as: Int.self) == 1 << 20)
    }
  }

  @Test func `arrays travel exactly, with nulls and empty`() async throws {
    try await roundTrip([1, -2, 3], text: "{1,-2,3}")
    try await roundTrip([Int64](), text: "{}")
    try await roundTrip([1, nil] as [Int?], text: "{1,NULL}")
    try await roundTrip([Int32(7)], text: "{7}")
    try await roundTrip(["a", nil, "NULL", "b c"] as [String?], text: #"{a,NULL,"NULL","b c"}"#)
    try await roundTrip([true, false], text: "{t,f}")
    try await roundTrip([[1, 2], []] as [[UInt8]], text: #"{"\\x0102","\\x"}"#)
    try await roundTrip([["a": 1], .null] as [JSONValue], text: #"{"{\"a\": 1}","null"}"#)
    try await roundTrip([Float(0.5)], text: "{0.5}")
  }

  @Test func `JSON travels, and SQL NULL is not JSON null`() async throws {
    try await roundTrip(["a": [1, "\\u0000", true, nil]] as JSONValue, text: #"{"a": [1, "\\u0000", true, null]}"#)
    try await roundTrip(JSONValue.null, text: "null")
    try await roundTrip(JSONValue?.none, text: nil)
  }

  @Test func `instants keep their microseconds and durations their sign`() async throws {
    let date = Date(timeIntervalSince1970: 1_700_000_000.123456)
    try await withDatabaseConnection { connection in
      let row = try await connection.query(
        """
        SELECT \(date) AS date, (extract(epoch FROM \(date)) * 1000000)::bigint AS microseconds,
          \(Duration.milliseconds(-1500)) AS duration, (\(Duration.milliseconds(1500)))::text AS text,
          '1 month 2 days 3 seconds'::interval AS long, 'infinity'::timestamptz AS never
        """
      ).onlyRow
      #expect(abs(try row.decode("date", as: Date.self).timeIntervalSince(date)) < 1e-6)
      #expect(try row.decode("microseconds", as: Int.self) == 1_700_000_000_123_456)
      #expect(try row.decode("duration", as: Duration.self) == .milliseconds(-1500))
      #expect(try row.decode("text", as: String.self) == "00:00:01.5")
      #expect(try row.decode("long", as: Duration.self) == .seconds(32 * 86_400 + 3))
      #expect(try row.decode("never", as: Date.self) == .distantFuture)
    }
  }

  @Test(arguments: ["0", "1", "-1", "10000", "123456789012345678901234567890.5", "0.00001234", "-0.5", "100.00", "NaN"])
  func `numeric reads as its own decimal text`(_ number: String) async throws {
    try await withDatabaseConnection { connection in
      let row = try await connection.query("SELECT \(unescaped: "'\(number)'")::numeric").onlyRow
      #expect(try row.decode(0, as: String.self).lowercased() == number.lowercased())
    }
  }

  @Test func `a parameter's type picks the overload`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(
        script: """
          CREATE FUNCTION kind(bigint) RETURNS text LANGUAGE sql RETURN 'bigint';
          CREATE FUNCTION kind(int) RETURNS text LANGUAGE sql RETURN 'int';
          CREATE FUNCTION kind(jsonb) RETURNS text LANGUAGE sql RETURN 'jsonb';
          CREATE FUNCTION kind(interval) RETURNS text LANGUAGE sql RETURN 'interval';
          CREATE FUNCTION kind(bigint[]) RETURNS text LANGUAGE sql RETURN 'bigint[]';
          """
      )
      let row = try await connection.query(
        """
        SELECT ARRAY[kind(\(1)), kind(\(Int32(1))), kind(\([:] as JSONValue)), kind(\(Duration.zero)), kind(\([1]))]
        """
      ).onlyRow
      #expect(try row.decode(0, as: [String].self) == ["bigint", "int", "jsonb", "interval", "bigint[]"])
    }
  }

  private enum State: String, PostgresCodable { case queued, running }

  @Test func `an enumeration of the schema reads as a Swift one`() async throws {
    try await withDatabaseConnection { connection in
      try await connection.execute(script: "CREATE TYPE state AS ENUM ('queued', 'running', 'lost')")
      let row = try await connection.query("SELECT \(State.running)::state AS known, 'lost'::state AS unknown").onlyRow
      #expect(try row.decode("known", as: State.self) == .running)
      #expect(throws: PostgresError.self) { try row.decode("unknown", as: State.self) }
    }
  }

  @Test func `NUL is refused before it is sent`() async throws {
    try await withDatabaseConnection { connection in
      for query in ["SELECT \("a\0b")", "SELECT \(["\0"])", "SELECT \(["a": "\0"] as JSONValue)"] as [PostgresQuery] {
        await #expect { try await connection.query(query) } throws: { error in
          if case .encoding = error as? PostgresError { true } else { false }
        }
      }
      try await connection.expectUsable()
    }
  }

  @Test func `a wrong type, a NULL and a missing column are told apart`() async throws {
    try await withDatabaseConnection { connection in
      let row = try await connection.query("SELECT 'x'::text AS text, NULL::int AS null, 300 AS number").onlyRow
      #expect(throws: PostgresError.decoding(column: "text", expected: "Int", actual: .text)) {
        try row.decode("text", as: Int.self)
      }
      #expect(throws: PostgresError.decoding(column: "null", expected: "Int", actual: nil)) {
        try row.decode("null", as: Int.self)
      }
      #expect(throws: PostgresError.missingColumn("other")) { try row.decode("other", as: Int.self) }
      #expect(try row.decode("null", as: Int?.self) == nil)
      #expect(try row.decode("number", as: Int16.self) == 300)
    }
  }

  @Test func `a query shows no values`() {
    let query: PostgresQuery = "SELECT \("secret") AS a"
    #expect(query.description == "SELECT $1 AS a")
    #expect(!String(reflecting: query).contains("secret"))
    var dumped = ""
    dump(query, to: &dumped)
    #expect(!dumped.contains("secret"))
  }
}
