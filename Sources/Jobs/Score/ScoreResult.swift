package import JSON

/// The likelihood of each choice, in the order of the request.
package struct ScoreResult: Codable, Sendable, Hashable {
  package struct Choice: Codable, Sendable, Hashable {
    package var index: Int
    /// 1 is the best.
    package var rank: Int
    /// The sum of `tokenLogprobs`.
    package var logprob: Double
    package var logprobPerToken: Double
    package var logprobPerByte: Double
    /// The texts of the tokens.
    package var tokens: [String]
    package var tokenIDs: [Int]
    package var tokenLogprobs: [Double]

    package init(index: Int, tokens: [String], tokenIDs: [Int], tokenLogprobs: [Double], byteCount: Int) {
      self.index = index
      rank = 0
      logprob = tokenLogprobs.reduce(0, +)
      logprobPerToken = logprob / Double(max(1, tokenLogprobs.count))
      logprobPerByte = logprob / Double(max(1, byteCount))
      self.tokens = tokens
      self.tokenIDs = tokenIDs
      self.tokenLogprobs = tokenLogprobs
    }

    private enum CodingKeys: String, CodingKey {
      case index, rank, logprob, tokens
      case logprobPerToken = "logprob_per_token"
      case logprobPerByte = "logprob_per_byte"
      case tokenIDs = "token_ids"
      case tokenLogprobs = "token_logprobs"
    }

    func value(_ normalization: ScoreParameters.Normalization) -> Double {
      switch normalization {
      case .none: logprob
      case .tokens: logprobPerToken
      case .bytes: logprobPerByte
      }
    }
  }

  package private(set) var object = "list"
  package var data: [Choice]
  /// The index of the best choice; the first among equals.
  package var best: Int
  package var model: String
  package var usage: TokenUsage
  package var systemFingerprint: String

  /// Ranks the choices.
  package init(
    choices: [Choice],
    normalization: ScoreParameters.Normalization,
    model: String,
    promptTokens: Int,
    systemFingerprint: String
  ) {
    data = choices
    let order = choices.indices.sorted {
      let (one, other) = (choices[$0].value(normalization), choices[$1].value(normalization))
      return one == other ? $0 < $1 : one > other
    }
    for (place, index) in order.enumerated() { data[index].rank = place + 1 }
    best = order.first ?? 0
    self.model = model
    usage = TokenUsage(promptTokens: promptTokens, completionTokens: 0)
    self.systemFingerprint = systemFingerprint
  }

  private enum CodingKeys: String, CodingKey {
    case object, data, best, model, usage
    case systemFingerprint = "system_fingerprint"
  }

  package var json: JSONValue {
    get throws(JobBodyError) { try JobBody.encode(self, kind: ScoreParameters.kind) }
  }
}
