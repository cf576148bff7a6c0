import JSON

/// Continues a prompt, or answers a conversation.
package struct GenerateParameters: JobParameters {
  package static let kind = "generate"

  /// `name@version`; at submission also a name alone.
  package var model: String
  package var input: GenerateInput
  package var sampling = SamplingOptions()
  package var ending = EndingOptions()
  package var output = OutputOptions()
  package var precision = RequestedPrecision()
  /// A label of the submitter's.
  package var user: String?

  package init(model: String, prompt: String) {
    self.init(model: model, input: .text(prompt))
  }

  package init(model: String, promptTokens: [Int]) {
    self.init(model: model, input: .tokens(promptTokens))
  }

  package init(model: String, input: GenerateInput) {
    self.model = model
    self.input = input
  }
}

/// The parameters lie side by side in one object; in Swift each group is a type of its own.
extension GenerateParameters {
  private enum CodingKeys: String, CodingKey {
    case model, user
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    model = try container.decode(String.self, forKey: .model)
    user = try container.decodeIfPresent(String.self, forKey: .user)
    input = try GenerateInput(from: decoder)
    sampling = try SamplingOptions(from: decoder)
    ending = try EndingOptions(from: decoder)
    output = try OutputOptions(from: decoder)
    precision = try RequestedPrecision(from: decoder)
  }

  /// Writes what differs from the defaults.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encodeIfPresent(user, forKey: .user)
    try input.encode(to: encoder)
    try sampling.encode(to: encoder)
    try ending.encode(to: encoder)
    try output.encode(to: encoder)
    try precision.encode(to: encoder)
  }
}
