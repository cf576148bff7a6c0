import JSON

/// SentencePiece's handling of spaces: each is written as `▁`, one may be put before the text, words begin at them.
struct Metaspace: Sendable {
  enum PrependScheme: String, Sendable {
    case always
    case never
    /// Only where the whole text begins, not after a special token.
    case first
  }

  let replacement: [UInt8]
  let prepend: PrependScheme
  let splits: Bool

  /// Reads the old form too, with `add_prefix_space`.
  init(_ section: JSONSection) throws(TokenizerError) {
    replacement = try section.character("replacement", absent: "\u{2581}")
    if let name = try section.optionalString("prepend_scheme") {
      guard let scheme = PrependScheme(rawValue: name) else {
        throw section.unsupported("the prepend scheme “\(name)”")
      }
      prepend = scheme
    } else {
      prepend = try section.bool("add_prefix_space", absent: true) ? .always : .never
    }
    splits = try section.bool("split", absent: true)
  }

  func cut(_ pieces: inout TextPieces) {
    let isAtStart = pieces.isAtStart
    pieces.rewriteEach { text, range, written in
      let prepends = prepend == .always || prepend == .first && isAtStart && range.lowerBound == 0
      if prepends, !startsWithSymbol(text, range) { written += replacement }
      for position in range {
        if text[position] == 0x20 { written += replacement } else { written.append(text[position]) }
      }
    }
    guard splits else { return }
    pieces.cutEach { text, range, parts in
      PieceCutter(.mergedWithNext).cut(range, into: &parts) { match in
        text.forEachOccurrence(of: replacement, in: range, match)
      }
    }
  }

  private func startsWithSymbol(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    if text[range.lowerBound] == 0x20 { return true }
    guard range.count >= replacement.count else { return false }
    return replacement.indices.allSatisfy { text[range.lowerBound + $0] == replacement[$0] }
  }
}
