extension GenerateResult {
  /// One answer.
  package struct Choice: Sendable, Hashable {
    package var index: Int
    package var answer: Answer
    package var finishReason: FinishReason
    package var logprobs: ChoiceLogprobs?
    package var tokenIDs: [Int]?
    /// Of a prompt, with `return_token_ids`.
    package var promptTokenIDs: [Int]?

    package init(
      index: Int = 0,
      answer: Answer,
      finishReason: FinishReason,
      logprobs: ChoiceLogprobs? = nil,
      tokenIDs: [Int]? = nil,
      promptTokenIDs: [Int]? = nil
    ) {
      self.index = index
      self.answer = answer
      self.finishReason = finishReason
      self.logprobs = logprobs
      self.tokenIDs = tokenIDs
      self.promptTokenIDs = promptTokenIDs
    }
  }

  /// The text of an answer, in the shape that belongs to what was asked.
  package enum Answer: Sendable, Hashable {
    /// To a prompt.
    case text(String)
    /// To messages: the content of an assistant's message.
    case message(String)

    package var text: String {
      switch self {
      case .text(let text), .message(let text): text
      }
    }

    var isMessage: Bool {
      if case .message = self { true } else { false }
    }
  }

  /// `stop`: a stop text, a stop token, the end of the text or of the response format. `length`: `max_tokens`, or the
  /// context is full.
  package enum FinishReason: String, Codable, Sendable {
    case stop, length
  }
}

extension GenerateResult.Choice: Codable {
  private enum CodingKeys: String, CodingKey {
    case index, text, message, logprobs
    case finishReason = "finish_reason"
    case tokenIDs = "token_ids"
    case promptTokenIDs = "prompt_token_ids"
  }

  private struct Message: Codable {
    var role = "assistant"
    var content: String
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    index = try container.decode(Int.self, forKey: .index)
    if let message = try container.decodeIfPresent(Message.self, forKey: .message) {
      answer = .message(message.content)
    } else {
      answer = .text(try container.decode(String.self, forKey: .text))
    }
    finishReason = try container.decode(GenerateResult.FinishReason.self, forKey: .finishReason)
    logprobs = try container.decodeIfPresent(ChoiceLogprobs.self, forKey: .logprobs)
    tokenIDs = try container.decodeIfPresent([Int].self, forKey: .tokenIDs)
    promptTokenIDs = try container.decodeIfPresent([Int].self, forKey: .promptTokenIDs)
  }

  /// Clients of OpenAI's API expect `logprobs` to be there, if only as null.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(index, forKey: .index)
    switch answer {
    case .text(let text): try container.encode(text, forKey: .text)
    case .message(let content): try container.encode(Message(content: content), forKey: .message)
    }
    try container.encode(finishReason, forKey: .finishReason)
    try container.encode(logprobs, forKey: .logprobs)
    try container.encodeIfPresent(tokenIDs, forKey: .tokenIDs)
    try container.encodeIfPresent(promptTokenIDs, forKey: .promptTokenIDs)
  }
}
