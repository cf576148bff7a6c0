extension Span<UInt8> {
  /// Calls `body` with the places of `literal` in `range`, from left to right, without overlap.
  func forEachOccurrence(of literal: [UInt8], in range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var position = range.lowerBound
    while position + literal.count <= range.upperBound {
      if self[position] == literal[0], literal.indices.allSatisfy({ self[position + $0] == literal[$0] }) {
        body(position..<position + literal.count)
        position += literal.count
      } else {
        position += 1
      }
    }
  }

  /// Calls `body` with the place of each scalar in `range` that has all of `classes`.
  func forEachScalar(of classes: CharacterClasses, in range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var position = range.lowerBound
    while position < range.upperBound {
      let scalar = UTF8Scalars.read(self, position..<range.upperBound)
      if CharacterClasses.of(scalar.value).contains(classes) { body(position..<scalar.end) }
      position = scalar.end
    }
  }
}

extension [UInt8] {
  mutating func append(_ text: Span<UInt8>, _ range: Range<Int>) {
    for position in range { append(text[position]) }
  }
}
