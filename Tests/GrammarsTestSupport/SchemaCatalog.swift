package import JSON

/// Schemas as applications write them, one a line: the subset of structured outputs in all its parts, strings and
/// arrays bounded so that an answer comes to its end.
package enum SchemaCatalog {
  package static let all: [JSONValue] = [scalars, strings, objects, arrays, choices, recursive, long].flatMap { lines in
    lines.split(separator: "\n").map { line in
      do {
        return try JSONValue(parsing: String(line))
      } catch {
        preconditionFailure("\(line): \(error)")
      }
    }
  }
}
