/// How the names of columns are said, and which known one an unknown one may have meant.
enum ColumnNames {
  private static let listLimit = 12
  private static let lengthLimit = 64

  static func quoted(_ name: String) -> String { "“\(name.prefix(lengthLimit))”" }

  static func list(_ names: [String]) -> String {
    if names.isEmpty { return "(none)" }
    let shown = names.prefix(listLimit).map(quoted).joined(separator: ", ")
    return names.count > listLimit ? "\(shown) and \(names.count - listLimit) more" : shown
  }

  /// The known name that is nearest to `name`; nil when none is near.
  static func nearest(to name: String, among known: [String]) -> String? {
    guard name.utf8.count <= lengthLimit else { return nil }
    let lowered = Array(name.lowercased().utf8)
    let nearest = known.map { (name: $0, distance: distance(lowered, Array($0.utf8))) }.min {
      $0.distance < $1.distance
    }
    guard let nearest, nearest.name != name, nearest.distance <= max(1, nearest.name.utf8.count / 3) else { return nil }
    return nearest.name
  }

  /// Levenshtein's distance, over bytes.
  private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var row = Array(0...other.count)
    for (line, byte) in one.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in other.indices {
        let replaced = diagonal + (byte == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[other.count]
  }
}
