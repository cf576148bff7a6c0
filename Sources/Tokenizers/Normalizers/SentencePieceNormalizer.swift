/// The normaliser inside SentencePiece models: replacement by map, white space, and `▁` for spaces.
struct SentencePieceNormalizer: Sendable {
  static let spaceSymbol: [UInt8] = Array("\u{2581}".utf8)

  var map: CharactersMap?
  /// A space before the text (behind it where `treatsSpaceAsSuffix`), so that words look alike wherever they stand.
  var addsDummyPrefix = true
  var removesExtraSpace = false
  var treatsSpaceAsSuffix = false
  var escapesSpace = true

  var mayShrink: Bool { map != nil || removesExtraSpace }

  func normalize(_ text: [UInt8]) -> [UInt8] {
    var position = removesExtraSpace ? endOfLeadingSpace(text) : 0
    guard position < text.count else { return [] }
    let space = escapesSpace ? Self.spaceSymbol : [0x20]
    var normalized = addsDummyPrefix && !treatsSpaceAsSuffix ? space : []
    normalized.reserveCapacity(text.count + text.count / 2)
    var followsSpace = removesExtraSpace
    while position < text.count {
      var (piece, end) = replacement(in: text, at: position)
      if followsSpace { piece = piece.drop { $0 == 0x20 } }
      for byte in piece { if byte == 0x20 { normalized += space } else { normalized.append(byte) } }
      if let last = piece.last { followsSpace = removesExtraSpace && last == 0x20 }
      position = end
    }
    if removesExtraSpace { while normalized.suffix(space.count) == space[...] { normalized.removeLast(space.count) } }
    if addsDummyPrefix, treatsSpaceAsSuffix { normalized += space }
    return normalized
  }

  private func endOfLeadingSpace(_ text: [UInt8]) -> Int {
    var position = 0
    while position < text.count {
      let (piece, end) = replacement(in: text, at: position)
      guard piece.count == 1, piece.first == 0x20 else { break }
      position = end
    }
    return position
  }

  private func replacement(in text: [UInt8], at position: Int) -> (ArraySlice<UInt8>, Int) {
    if let map { return map.replaceLongest(in: text, at: position..<text.count) }
    let end = min(position + UTF8Scalars.length(lead: text[position]), text.count)
    return (text[position..<end], end)
  }
}
