import JSON

/// The second stage: cuts normalised text into pieces that the model tokenises one by one.
enum PreTokenizer: Sendable {
  case none
  /// Every Unicode scalar is a piece: `Split` by the expression `[\s\S]`, isolated.
  case scalars

  init(_ section: JSONSection?) throws(TokenizerError) {
    guard let section else {
      self = .none
      return
    }
    switch try section.type() {
    case "Split": self = try Self.split(section)
    case let name: throw section.unsupported("the pre-tokenizer “\(name)”")
    }
  }

  private static func split(_ section: JSONSection) throws(TokenizerError) -> PreTokenizer {
    let pattern = try section.section("pattern")
    guard let expression = try pattern.optionalString("Regex") else {
      throw pattern.unsupported("a split by a literal")
    }
    guard expression == #"[\s\S]"# else {
      throw pattern.unsupported("the regular expression “\(expression.prefix(80))”")
    }
    let behavior = try section.string("behavior")
    guard behavior == "Isolated" else { throw section.unsupported("the split behaviour “\(behavior)”") }
    guard try !section.bool("invert", absent: false) else { throw section.unsupported("an inverted split") }
    return .scalars
  }

  func pieces(of text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    switch self {
    case .none: return [text]
    case .scalars:
      var pieces: [ArraySlice<UInt8>] = []
      var position = text.startIndex
      while position < text.endIndex {
        let end = min(position + UTF8Scalars.length(lead: text[position]), text.endIndex)
        pieces.append(text[position..<end])
        position = end
      }
      return pieces
    }
  }
}
