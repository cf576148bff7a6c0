/// A text, or the token ids of one.
package enum TextOrTokens: Sendable, Hashable {
  case text(String)
  case tokens([Int])
}

extension TextOrTokens: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // An array fails as a string without cost; its own error is the one to show.
    if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .tokens(try container.decode([Int].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .tokens(let tokens): try container.encode(tokens)
    }
  }
}
