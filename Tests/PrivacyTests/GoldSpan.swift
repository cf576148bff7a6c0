import JSON

/// A span that a data set marks.
struct GoldSpan: Hashable {
  let type: String
  let range: Range<Int>

  init?(_ json: JSONValue) {
    guard let type = json["type"]?.string, let start = json["start"]?.integer, let end = json["end"]?.integer else {
      return nil
    }
    self.type = type
    range = start..<end
  }
}
