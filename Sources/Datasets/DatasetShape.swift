import JSON

/// What the rows of a dataset are, by their columns. A column whose value is null counts as absent.
package enum DatasetShape: String, Sendable, Hashable, CaseIterable {
  /// `text`, or the column that dataset_text_field names: every token is learned.
  case text
  /// `prompt` and `completion`, both texts or both lists of messages: the completion is learned.
  case promptCompletion = "prompt_completion"
  /// `messages`: `{"role", "content"}` objects, and perhaps `tools`.
  case messages
  /// `instruction`, `output`, and perhaps `input`, `system`, `history`: the answers are learned.
  case alpaca
  /// `conversations`: `{"from", "value"}` objects, and perhaps `system` and `tools`.
  case sharegpt
  /// `input_ids`, and perhaps `labels` and `attention_mask`: taken as they are.
  case tokens

  /// In the order of precedence: a row that has several shapes is the first of them.
  private static let requirements: [(shape: DatasetShape, columns: [String])] = [
    (.tokens, ["input_ids"]),
    (.promptCompletion, ["prompt", "completion"]),
    (.messages, ["messages"]),
    (.sharegpt, ["conversations"]),
    (.alpaca, ["instruction", "output"]),
    (.text, ["text"]),
  ]

  /// nil when the columns make no shape.
  private static func detected(in members: JSONObject, textColumn: String?) -> DatasetShape? {
    if let textColumn, isPresent(textColumn, in: members) { return .text }
    if isPreference(members) { return nil }
    return requirements.first { $0.columns.allSatisfy { isPresent($0, in: members) } }?.shape
  }

  /// The shape of the dataset that this row begins.
  package init(of row: DatasetRow, textColumn: String? = nil) throws(DatasetError) {
    guard let shape = Self.detected(in: row.members, textColumn: textColumn) else {
      throw .unknownShape(
        row.place,
        columns: row.members.keys,
        hint: Self.hint(for: row.members, textColumn: textColumn)
      )
    }
    self = shape
  }

  /// “prompt and completion”
  var columnWords: String {
    let columns = Self.requirements.first { $0.shape == self }?.columns ?? []
    return columns.joined(separator: " and ")
  }

  /// What would make a dataset, for a person whose columns make none.
  static var needs: String {
    requirements.map { $0.columns.joined(separator: " with ") }.joined(separator: ", or ")
  }

  private static func hint(for members: JSONObject, textColumn: String?) -> String? {
    if isPreference(members) {
      return "chosen and rejected are preference data: name what to learn from “completion”"
    }
    if let textColumn {
      let nearest = ColumnNames.nearest(to: textColumn, among: members.keys)
      return "dataset_text_field names \(ColumnNames.quoted(textColumn)), which the row lacks"
        + (nearest.map { "; did you mean \(ColumnNames.quoted($0))?" } ?? "")
    }
    let known = requirements.flatMap(\.columns)
    let misspelled = members.keys.lazy.filter { !known.contains($0) }.compactMap { name in
      ColumnNames.nearest(to: name, among: known).map { (name, $0) }
    }
    if let (name, nearest) = misspelled.first {
      return "\(ColumnNames.quoted(name)): did you mean “\(nearest)”?"
    }
    return missingPartner(in: members).map { "“\($0)” is missing or null" }
  }

  /// The other column of a shape that the row has one of.
  private static func missingPartner(in members: JSONObject) -> String? {
    for (_, columns) in requirements where columns.contains(where: { isPresent($0, in: members) }) {
      if let missing = columns.first(where: { !isPresent($0, in: members) }) { return missing }
    }
    return nil
  }

  private static func isPreference(_ members: JSONObject) -> Bool {
    isPresent("chosen", in: members) && isPresent("rejected", in: members)
  }

  private static func isPresent(_ column: String, in members: JSONObject) -> Bool {
    members[column].map { !$0.isNull } ?? false
  }
}
