/// When a generation ends.
package struct EndingOptions: Sendable, Hashable {
  package var maxTokens = 128
  /// Before so many tokens no end of text, stop token or stop text ends an answer.
  package var minTokens = 0
  /// Texts that end the generation; they are not returned.
  package var stop: [String] = []
  package var stopTokenIDs: [Int] = []
  /// Returns the stop text after all.
  package var includesStop = false
  package var ignoresEOS = false

  package init() {}
}

extension EndingOptions: Codable {
  private enum CodingKeys: String, CodingKey {
    case stop
    case maxTokens = "max_tokens"
    case minTokens = "min_tokens"
    case stopTokenIDs = "stop_token_ids"
    case includesStop = "include_stop_str_in_output"
    case ignoresEOS = "ignore_eos"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    maxTokens = try container.decodeIfPresent(Int.self, forKey: .maxTokens) ?? maxTokens
    minTokens = try container.decodeIfPresent(Int.self, forKey: .minTokens) ?? minTokens
    stop = try container.decodeIfPresent(StopTexts.self, forKey: .stop)?.texts ?? []
    stopTokenIDs = try container.decodeIfPresent([Int].self, forKey: .stopTokenIDs) ?? []
    includesStop = try container.decodeIfPresent(Bool.self, forKey: .includesStop) ?? includesStop
    ignoresEOS = try container.decodeIfPresent(Bool.self, forKey: .ignoresEOS) ?? ignoresEOS
  }

  package func encode(to encoder: any Encoder) throws {
    let standard = EndingOptions()
    var container = encoder.container(keyedBy: CodingKeys.self)
    if maxTokens != standard.maxTokens { try container.encode(maxTokens, forKey: .maxTokens) }
    if minTokens != standard.minTokens { try container.encode(minTokens, forKey: .minTokens) }
    if !stop.isEmpty { try container.encode(stop, forKey: .stop) }
    if !stopTokenIDs.isEmpty { try container.encode(stopTokenIDs, forKey: .stopTokenIDs) }
    if includesStop { try container.encode(true, forKey: .includesStop) }
    if ignoresEOS { try container.encode(true, forKey: .ignoresEOS) }
  }
}

/// One text, or an array of them.
private struct StopTexts: Decodable {
  let texts: [String]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // An array fails as a string without cost; its own error is the one to show.
    if let text = try? container.decode(String.self) {
      texts = [text]
    } else {
      texts = try container.decode([String].self)
    }
  }
}
