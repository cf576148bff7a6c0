import JSON

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
    let lowered = name.lowercased()
    let nearest = known.map { (name: $0, distance: EditDistance.between(lowered, $0)) }.min {
      $0.distance < $1.distance
    }
    guard let nearest, nearest.name != name, nearest.distance <= max(1, nearest.name.count / 3) else { return nil }
    return nearest.name
  }
}
