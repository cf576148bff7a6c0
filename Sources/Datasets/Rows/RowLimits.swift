/// What a file of rows may ask for: files come from anywhere.
package struct RowLimits: Sendable {
  /// Bytes of one row, as the file spells it.
  package var rowBytes: Int
  package var rowCount: Int
  /// Columns of a CSV file.
  package var columnCount: Int

  package init(rowBytes: Int = 16 << 20, rowCount: Int = 50_000_000, columnCount: Int = 1024) {
    self.rowBytes = rowBytes
    self.rowCount = rowCount
    self.columnCount = columnCount
  }
}
