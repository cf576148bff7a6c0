/// How many answers, what comes with them, and the form they must have.
package struct OutputOptions: Sendable, Hashable {
  /// `n`
  package var choiceCount = 1
  package var logprobs: LogprobRequest?
  /// Returns the prompt before the answer.
  package var echo = false
  package var returnsTokenIDs = false
  package var responseFormat = ResponseFormat.text

  package init() {}
}

/// OpenAI asks for log-probabilities in two ways, and answers each in its own shape.
package enum LogprobRequest: Sendable, Hashable {
  /// Of a prompt: `logprobs` is the number of alternatives.
  case completion(alternatives: Int)
  /// Of messages: `logprobs` is true, `top_logprobs` the number of alternatives.
  case chat(alternatives: Int)

  package var alternativeCount: Int {
    switch self {
    case .completion(let count), .chat(let count): count
    }
  }
}

extension OutputOptions: Codable {
  private enum CodingKeys: String, CodingKey {
    case n, logprobs, echo
    case topLogprobs = "top_logprobs"
    case returnTokenIDs = "return_token_ids"
    case responseFormat = "response_format"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    choiceCount = try container.decodeIfPresent(Int.self, forKey: .n) ?? choiceCount
    echo = try container.decodeIfPresent(Bool.self, forKey: .echo) ?? echo
    returnsTokenIDs = try container.decodeIfPresent(Bool.self, forKey: .returnTokenIDs) ?? returnsTokenIDs
    responseFormat = try container.decodeIfPresent(ResponseFormat.self, forKey: .responseFormat) ?? responseFormat
    guard container.contains(.logprobs) else { return }
    // A number fails as a truth value without cost; its own error is the one to show.
    if let isWanted = try? container.decode(Bool.self, forKey: .logprobs) {
      let count = try container.decodeIfPresent(Int.self, forKey: .topLogprobs) ?? 0
      logprobs = isWanted ? .chat(alternatives: count) : nil
    } else {
      logprobs = .completion(alternatives: try container.decode(Int.self, forKey: .logprobs))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if choiceCount != 1 { try container.encode(choiceCount, forKey: .n) }
    if echo { try container.encode(true, forKey: .echo) }
    if returnsTokenIDs { try container.encode(true, forKey: .returnTokenIDs) }
    if responseFormat != .text { try container.encode(responseFormat, forKey: .responseFormat) }
    switch logprobs {
    case nil: break
    case .completion(let count): try container.encode(count, forKey: .logprobs)
    case .chat(let count):
      try container.encode(true, forKey: .logprobs)
      if count > 0 { try container.encode(count, forKey: .topLogprobs) }
    }
  }
}
