package import Postgres

/// Where statements go: a pool for processes that stay, one connection for those that ask once.
package protocol QueueDatabase: Sendable {
  func query(_ query: PostgresQuery, deadline: Duration) async throws(PostgresError) -> PostgresResult
}

extension PostgresClient: QueueDatabase {}

extension PostgresConnection: QueueDatabase {}

extension QueueDatabase {
  /// One statement whose refusals are `QueueError.refused`.
  func ask(_ query: PostgresQuery, within deadline: Duration = .seconds(30)) async throws(QueueError) -> PostgresResult
  {
    do throws(PostgresError) {
      return try await self.query(query, deadline: deadline)
    } catch {
      throw QueueError(error)
    }
  }

  /// One statement with one row of one column.
  func value<Value: PostgresDecodable & Sendable>(
    _ query: PostgresQuery,
    as: Value.Type = Value.self,
    within deadline: Duration = .seconds(30)
  ) async throws(QueueError) -> Value {
    do throws(PostgresError) {
      return try await self.query(query, deadline: deadline).onlyRow.decode(0)
    } catch {
      throw QueueError(error)
    }
  }
}

extension PostgresResult {
  /// Decodes each row.
  func decoded<Value>(_ decode: (PostgresRow) throws(PostgresError) -> Value) throws(QueueError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(count)
    do throws(PostgresError) {
      for row in self { values.append(try decode(row)) }
    } catch {
      throw QueueError(error)
    }
    return values
  }
}
