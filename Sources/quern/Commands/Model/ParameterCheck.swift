import JSON
import Jobs

/// Refuses parameter names that a kind does not have, as the database does for jobs.
struct ParameterCheck {
  let kind: String
  let descriptions: [ParameterDescription]

  func check(_ members: JSONObject) throws {
    let names = descriptions.flatMap { [$0.name] + $0.aliases }
    for name in members.keys where !names.contains(name) {
      throw CommandFailure.usage("the kind \"\(kind)\" has no parameter \"\(name)\"; \(suggestion(for: name))")
    }
  }

  private func suggestion(for name: String) -> String {
    let names = descriptions.map(\.name).sorted()
    let nearest = names.map { ($0, Self.distance(name, $0)) }.min { $0.1 < $1.1 }
    guard let nearest, nearest.1 <= max(2, nearest.0.count / 3) else {
      return "there are: " + names.joined(separator: ", ")
    }
    return "did you mean \"\(nearest.0)\"?"
  }

  /// Levenshtein's, over characters.
  private static func distance(_ one: String, _ other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (line, character) in one.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in other.indices {
        let replaced = diagonal + (character == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[other.count]
  }
}
