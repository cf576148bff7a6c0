/// Words as BERT cuts them, and as the pre-tokeniser Whitespace does.
enum BertWords {
  /// Runs without white space and punctuation, and each punctuation mark.
  static func cut(_ text: Span<UInt8>, _ range: Range<Int>, into pieces: inout [Range<Int>]) {
    let border: CharacterClasses = [.space, .punctuation]
    var start = range.lowerBound
    var position = start
    while position < range.upperBound {
      let scalar = UTF8Scalars.read(text, position..<range.upperBound)
      let classes = CharacterClasses.of(scalar.value)
      if !classes.isDisjoint(with: border) {
        if start < position { pieces.append(start..<position) }
        if !classes.contains(.space) { pieces.append(position..<scalar.end) }
        start = scalar.end
      }
      position = scalar.end
    }
    if start < position { pieces.append(start..<position) }
  }

  private enum Kind {
    case space
    case word
    case other
  }

  /// Runs of word characters and runs of others that are not white space.
  static func cutWords(_ text: Span<UInt8>, _ range: Range<Int>, into pieces: inout [Range<Int>]) {
    var start = range.lowerBound
    var kind = Kind.space
    var position = start
    while position < range.upperBound {
      let scalar = UTF8Scalars.read(text, position..<range.upperBound)
      let classes = CharacterClasses.of(scalar.value)
      let next: Kind = classes.contains(.word) ? .word : classes.contains(.space) ? .space : .other
      if next != kind {
        if kind != .space { pieces.append(start..<position) }
        start = position
        kind = next
      }
      position = scalar.end
    }
    if kind != .space { pieces.append(start..<position) }
  }
}
