import Foundation
package import JSON

/// OpenAI's list of embeddings, as `quern.result` returns it.
package struct EmbedResult: Codable, Sendable, Hashable {
  package struct Item: Codable, Sendable, Hashable {
    package private(set) var object = "embedding"
    package var index: Int
    package var embedding: Vector

    package init(index: Int, embedding: Vector) {
      self.index = index
      self.embedding = embedding
    }
  }

  package enum Vector: Sendable, Hashable {
    case numbers([Float])
    /// Of little-endian 32-bit floats.
    case base64(String)

    package init(_ values: [Float], _ format: EmbedParameters.EncodingFormat) {
      switch format {
      case .float: self = .numbers(values)
      case .base64:
        var bytes: [UInt8] = []
        for value in values {
          let bits = value.bitPattern
          bytes += [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
          bytes += [UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 24)]
        }
        self = .base64(Data(bytes).base64EncodedString())
      }
    }
  }

  package private(set) var object = "list"
  package var data: [Item]
  package var model: String
  package var usage: Usage
  package var systemFingerprint: String

  /// Only prompts have tokens here.
  package struct Usage: Codable, Sendable, Hashable {
    package var promptTokens: Int
    package var totalTokens: Int

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case totalTokens = "total_tokens"
    }
  }

  package init(data: [Item], model: String, promptTokens: Int, systemFingerprint: String) {
    self.data = data
    self.model = model
    usage = Usage(promptTokens: promptTokens, totalTokens: promptTokens)
    self.systemFingerprint = systemFingerprint
  }

  private enum CodingKeys: String, CodingKey {
    case object, data, model, usage
    case systemFingerprint = "system_fingerprint"
  }

  package var json: JSONValue {
    get throws(JobBodyError) { try JobBody.encode(self, kind: EmbedParameters.kind) }
  }
}

extension EmbedResult.Vector: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // An array fails as a string without cost; its own error is the one to show.
    if let text = try? container.decode(String.self) {
      self = .base64(text)
    } else {
      self = .numbers(try container.decode([Float].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .numbers(let values): try container.encode(values)
    case .base64(let text): try container.encode(text)
    }
  }
}
