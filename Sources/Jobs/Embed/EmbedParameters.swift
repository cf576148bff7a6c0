import JSON

/// Turns texts into vectors.
package struct EmbedParameters: JobParameters {
  package static let kind = "embed"

  /// What of the tokens' vectors is the text's.
  package enum Pooling: String, Codable, Sendable {
    /// The mean of all tokens.
    case mean
    /// The first token, which encoders train for it.
    case cls
    /// The last token, which has seen all others in a decoder.
    case last
  }

  /// How vectors are written.
  package enum EncodingFormat: String, Codable, Sendable {
    case float
    /// Of little-endian 32-bit floats.
    case base64
  }

  /// `name@version`; at submission also a name alone.
  package var model: String
  package var input: [TextOrTokens]
  /// nil: the model's own way.
  package var pooling: Pooling?
  package var normalizes = true
  /// Keeps so many first dimensions; nil keeps all.
  package var dimensions: Int?
  package var encodingFormat = EncodingFormat.float
  /// nil: what the model was imported with.
  package var precision: WeightPrecision?
  /// A label of the submitter's.
  package var user: String?

  package init(model: String, input: [TextOrTokens]) {
    self.model = model
    self.input = input
  }
}

extension EmbedParameters {
  private enum CodingKeys: String, CodingKey {
    case model, input, pooling, dimensions, precision, user
    case normalizes = "normalize"
    case encodingFormat = "encoding_format"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    model = try container.decode(String.self, forKey: .model)
    input = try container.decode(Inputs.self, forKey: .input).inputs
    pooling = try container.decodeIfPresent(Pooling.self, forKey: .pooling)
    normalizes = try container.decodeIfPresent(Bool.self, forKey: .normalizes) ?? normalizes
    dimensions = try container.decodeIfPresent(Int.self, forKey: .dimensions)
    encodingFormat = try container.decodeIfPresent(EncodingFormat.self, forKey: .encodingFormat) ?? encodingFormat
    precision = try container.decodeIfPresent(WeightPrecision.self, forKey: .precision)
    user = try container.decodeIfPresent(String.self, forKey: .user)
  }

  /// Writes what differs from the defaults.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(input, forKey: .input)
    try container.encodeIfPresent(pooling, forKey: .pooling)
    if !normalizes { try container.encode(false, forKey: .normalizes) }
    try container.encodeIfPresent(dimensions, forKey: .dimensions)
    if encodingFormat != .float { try container.encode(encodingFormat, forKey: .encodingFormat) }
    try container.encodeIfPresent(precision, forKey: .precision)
    try container.encodeIfPresent(user, forKey: .user)
  }
}

/// A text, token ids, or an array of either.
private struct Inputs: Decodable {
  let inputs: [TextOrTokens]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // A list fails as one text or one list of ids; its own error is the one to show.
    if let single = try? container.decode(TextOrTokens.self) {
      inputs = [single]
    } else {
      inputs = try container.decode([TextOrTokens].self)
    }
  }
}
