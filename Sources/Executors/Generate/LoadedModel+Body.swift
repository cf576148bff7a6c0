package import FoundationEssentials
import Inference
package import Jobs
import Tokenizers

extension LoadedModel {
  /// The response body: a text completion for a prompt, a chat completion for messages.
  package func body(
    of answers: GenerationAnswers,
    to parameters: GenerateParameters,
    id: String,
    created: Date,
    model: String
  ) -> GenerateResult {
    let isChat = parameters.input.isConversation
    let returnsIDs = parameters.output.returnsTokenIDs
    return GenerateResult(
      id: id,
      created: Int(created.timeIntervalSince1970),
      model: model,
      choices: answers.choices.enumerated().map { index, result in
        let text = (parameters.output.echo ? promptText(parameters.input) : "") + result.text
        return GenerateResult.Choice(
          index: index,
          answer: isChat ? .message(text) : .text(text),
          finishReason: result.finishReason == .stop ? .stop : .length,
          logprobs: logprobs(of: result, answers, parameters.output),
          tokenIDs: returnsIDs ? result.tokens : nil,
          promptTokenIDs: returnsIDs && !isChat ? answers.promptTokens : nil
        )
      },
      usage: TokenUsage(
        promptTokens: answers.promptTokens.count,
        completionTokens: answers.generatedTokenCount,
        cachedTokens: answers.cachedTokenCount
      ),
      systemFingerprint: fingerprint,
      seed: answers.choices.first?.seed,
      promptTokenIDs: returnsIDs && isChat ? answers.promptTokens : nil
    )
  }

  private func promptText(_ input: GenerateInput) -> String {
    switch input {
    case .text(let text): text
    case .tokens(let tokens): tokenizer.decode(tokens)
    case .conversation: ""
    }
  }

  private func logprobs(
    of result: GenerationResult,
    _ answers: GenerationAnswers,
    _ output: OutputOptions
  ) -> ChoiceLogprobs? {
    let writer = LogprobWriter(tokenizer)
    switch output.logprobs {
    case nil: return nil
    case .chat: return .chat(result.scores.map(writer.chat))
    case .completion:
      return .completion(
        output.echo
          ? writer.completion(after: [], answers.promptTokens, answers.promptScores, result.scores)
          : writer.completion(after: answers.promptTokens, [], [], result.scores)
      )
    }
  }
}

/// Words scores in OpenAI's shapes.
private struct LogprobWriter {
  private let tokenizer: Tokenizer
  private let tokenText: TokenText

  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    tokenText = TokenText(tokenizer)
  }

  func chat(_ score: ScoredToken) -> ChatLogprob {
    ChatLogprob(
      alternative(TokenProbability(token: score.token, logProbability: score.logProbability)),
      topLogprobs: score.alternatives.map(alternative)
    )
  }

  private func alternative(_ probability: TokenProbability) -> ChatLogprob.Alternative {
    let bytes = tokenText.bytes(of: probability.token)
    return ChatLogprob.Alternative(
      token: String(decoding: bytes, as: UTF8.self),
      logprob: Self.finite(probability.logProbability),
      bytes: bytes
    )
  }

  /// - Parameters:
  ///   - hidden: tokens before the returned text.
  ///   - prompt: tokens of the prompt that are returned; all but the first have a score.
  func completion(
    after hidden: [Int],
    _ prompt: [Int],
    _ promptScores: [ScoredToken],
    _ scores: [ScoredToken]
  ) -> CompletionLogprobs {
    var columns = CompletionLogprobs()
    var decoder = tokenizer.makeStreamDecoder()
    for token in hidden { _ = decoder.push(token) }
    var offset = 0
    func append(_ token: Int, _ score: ScoredToken?) {
      columns.tokens.append(tokenText.text(of: token))
      columns.tokenLogprobs.append(score.map { Self.finite($0.logProbability) })
      columns.topLogprobs.append(score.map(likeliest))
      columns.textOffset.append(offset)
      offset += decoder.push(token).unicodeScalars.count
    }
    for (index, token) in prompt.enumerated() { append(token, index == 0 ? nil : promptScores[index - 1]) }
    for score in scores { append(score.token, score) }
    return columns
  }

  private func likeliest(_ score: ScoredToken) -> [String: Double] {
    var byText: [String: Double] = [:]
    let own = TokenProbability(token: score.token, logProbability: score.logProbability)
    for probability in score.alternatives + [own] {
      let text = tokenText.text(of: probability.token)
      byText[text] = max(byText[text] ?? -.infinity, Self.finite(probability.logProbability))
    }
    return byText
  }

  private static func finite(_ logProbability: Double) -> Double { max(logProbability, ChoiceLogprobs.lowest) }
}
