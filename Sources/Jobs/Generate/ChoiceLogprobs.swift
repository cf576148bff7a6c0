/// The log-probabilities (natural logarithm) of an answer's tokens, in OpenAI's two shapes.
package enum ChoiceLogprobs: Sendable, Hashable {
  case completion(CompletionLogprobs)
  case chat([ChatLogprob])

  /// Stands for -∞, which JSON does not have.
  package static let lowest = -9999.0
}

/// Columns, an element for each token; that of the first token of a prompt is null, since nothing comes before it.
package struct CompletionLogprobs: Codable, Sendable, Hashable {
  package var tokens: [String] = []
  package var tokenLogprobs: [Double?] = []
  /// The likeliest tokens and the one that stands there, by their text; of two with the same text the likelier.
  package var topLogprobs: [[String: Double]?] = []
  /// Where in the returned text the token begins, in code points.
  package var textOffset: [Int] = []

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case tokens
    case tokenLogprobs = "token_logprobs"
    case topLogprobs = "top_logprobs"
    case textOffset = "text_offset"
  }
}

/// A token of an answer and the likeliest ones at its place.
package struct ChatLogprob: Codable, Sendable, Hashable {
  package struct Alternative: Codable, Sendable, Hashable {
    package var token: String
    package var logprob: Double
    /// The token's bytes: a token may be a part of a character.
    package var bytes: [UInt8]

    package init(token: String, logprob: Double, bytes: [UInt8]) {
      self.token = token
      self.logprob = logprob
      self.bytes = bytes
    }
  }

  package var token: String
  package var logprob: Double
  package var bytes: [UInt8]
  package var topLogprobs: [Alternative]

  package init(_ chosen: Alternative, topLogprobs: [Alternative]) {
    token = chosen.token
    logprob = chosen.logprob
    bytes = chosen.bytes
    self.topLogprobs = topLogprobs
  }

  private enum CodingKeys: String, CodingKey {
    case token, logprob, bytes
    case topLogprobs = "top_logprobs"
  }
}

extension ChoiceLogprobs: Codable {
  private enum CodingKeys: String, CodingKey {
    case content
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if container.contains(.content) {
      self = .chat(try container.decode([ChatLogprob].self, forKey: .content))
    } else {
      self = .completion(try CompletionLogprobs(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .completion(let columns): try columns.encode(to: encoder)
    case .chat(let content):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(content, forKey: .content)
    }
  }
}
