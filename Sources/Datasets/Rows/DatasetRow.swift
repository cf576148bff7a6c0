package import JSON

/// One row of a dataset: its columns, and where it stood.
package struct DatasetRow: Sendable, Hashable {
  package let place: RowPlace
  package let members: JSONObject

  package init(number: Int, line: Int? = nil, members: JSONObject) {
    place = RowPlace(number: number, line: line)
    self.members = members
  }

  /// The value of a column; nil for null too.
  subscript(column: String) -> JSONValue? {
    members[column].flatMap { $0.isNull ? nil : $0 }
  }
}
