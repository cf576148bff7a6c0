/// A place in a file of rows; lines and columns count from 1, columns in Unicode scalars.
package struct FilePlace: Sendable, Hashable, CustomStringConvertible {
  package let name: String
  package let line: Int
  /// nil where a whole line or row is at fault.
  package let column: Int?

  package init(name: String, line: Int, column: Int? = nil) {
    self.name = name
    self.line = line
    self.column = column
  }

  package var description: String {
    "\(name), line \(line)" + (column.map { ", column \($0)" } ?? "")
  }
}

/// Which row of a dataset; `number` counts from 1.
package struct RowPlace: Sendable, Hashable, CustomStringConvertible {
  package let number: Int
  /// Where the row begins in its file; nil for a row that comes from no file.
  package let line: Int?

  package init(number: Int, line: Int? = nil) {
    self.number = number
    self.line = line
  }

  package var description: String {
    "row \(number)" + (line.map { " (line \($0))" } ?? "")
  }
}
