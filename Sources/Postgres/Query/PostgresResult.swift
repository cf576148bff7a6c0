/// The rows of one statement, whole in memory.
package struct PostgresResult: Sendable {
  let storage: ResultStorage

  /// Rows returned, inserted, updated or deleted; 0 for other commands.
  package var rowsAffected: Int { storage.rowsAffected }

  package var columnNames: [String] { storage.names }

  package var columnTypes: [PostgresType] { storage.types }

  /// - Throws: `unexpectedRowCount` unless there is exactly one row.
  package var onlyRow: PostgresRow {
    get throws(PostgresError) {
      guard count == 1 else { throw .unexpectedRowCount(count) }
      return self[0]
    }
  }
}

extension PostgresResult: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { storage.rowCount }

  package subscript(position: Int) -> PostgresRow {
    precondition(indices.contains(position), "row \(position) of a result of \(count) rows")
    return PostgresRow(storage: storage, index: position)
  }
}

package struct PostgresRow: Sendable {
  let storage: ResultStorage
  let index: Int

  /// - Throws: `missingColumn`, or `decoding` when the column holds another type, or NULL where `Value` is no optional.
  package func decode<Value: PostgresDecodable>(
    _ column: String,
    as: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    guard let column = storage.names.firstIndex(of: column) else { throw .missingColumn(column) }
    return try Value.decode(PostgresCell(storage: storage, row: index, column: column))
  }

  /// As by name, by position from 0.
  package func decode<Value: PostgresDecodable>(
    _ column: Int,
    as: Value.Type = Value.self
  ) throws(PostgresError) -> Value {
    guard storage.names.indices.contains(column) else { throw .missingColumn("\(column)") }
    return try Value.decode(PostgresCell(storage: storage, row: index, column: column))
  }
}
