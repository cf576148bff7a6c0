import JSON

/// What a generation starts from.
package enum GenerateInput: Sendable, Hashable {
  case text(String)
  case tokens([Int])
  case conversation(Conversation)

  package var isConversation: Bool {
    if case .conversation = self { true } else { false }
  }
}

extension GenerateInput: Codable {
  private enum CodingKeys: String, CodingKey {
    case prompt, messages
    case promptTokens = "prompt_tokens"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard container.allKeys.count == 1 else {
      let reason = "exactly one of prompt, prompt_tokens and messages is needed"
      throw DecodingError.dataCorruptedError(forKey: .prompt, in: container, debugDescription: reason)
    }
    if container.contains(.messages) {
      self = .conversation(try Conversation(from: decoder))
    } else if container.contains(.promptTokens) {
      self = .tokens(try container.decode([Int].self, forKey: .promptTokens))
    } else {
      switch try container.decode(TextOrTokens.self, forKey: .prompt) {
      case .text(let text): self = .text(text)
      case .tokens(let tokens): self = .tokens(tokens)
      }
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .text(let text): try container.encode(text, forKey: .prompt)
    case .tokens(let tokens): try container.encode(tokens, forKey: .promptTokens)
    case .conversation(let conversation): try conversation.encode(to: encoder)
    }
  }
}
