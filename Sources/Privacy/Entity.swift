/// A span of text and what it is.
package struct Entity: Sendable, Hashable {
  package let type: EntityType
  /// Unicode code points of the text, end exclusive.
  package let range: Range<Int>
  /// 0…1; validated entities (checksum, unmistakable prefix) have 1.
  package let score: Double

  package init(type: EntityType, range: Range<Int>, score: Double) {
    self.type = type
    self.range = range
    self.score = score
  }
}

/// An entity on the bytes of a text, as detectors see it.
package struct Match: Hashable {
  package var type: EntityType
  /// UTF-8 bytes, end exclusive.
  package var range: Range<Int>
  package var score: Double

  package init(_ type: EntityType, _ range: Range<Int>, score: Double) {
    self.type = type
    self.range = range
    self.score = score
  }
}

/// What a detector says about one anchor.
enum Detection {
  case nothing
  case match(Match)
  /// The text ends before the decision; more of it is to come.
  case undecided
}
