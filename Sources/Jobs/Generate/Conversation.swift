package import JSON

/// Messages, and what else the model's chat template makes a prompt of.
package struct Conversation: Sendable, Hashable {
  /// Objects with `role` and `content`, as the template reads them. A content is a text: parts are joined.
  package var messages: [JSONValue]
  package var tools: [JSONValue] = []
  package var documents: [JSONValue] = []
  /// Further variables of the template.
  package var templateArguments: JSONValue = [:]
  /// Whether the prompt ends with the beginning of an answer.
  package var addsGenerationPrompt = true

  package init(messages: [JSONValue]) {
    self.messages = messages.map(Self.joiningParts)
  }

  /// As vLLM does for templates that expect a text: the texts of the parts, with line feeds between them.
  private static func joiningParts(_ message: JSONValue) -> JSONValue {
    guard var members = message.object, let parts = members["content"]?.array else { return message }
    members["content"] = .string(parts.compactMap { $0["text"]?.string }.joined(separator: "\n"))
    return .object(members)
  }
}

extension Conversation: Codable {
  private enum CodingKeys: String, CodingKey {
    case messages, tools, documents
    case templateArguments = "chat_template_kwargs"
    case addsGenerationPrompt = "add_generation_prompt"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(messages: try container.decode([JSONValue].self, forKey: .messages))
    tools = try container.decodeIfPresent([JSONValue].self, forKey: .tools) ?? tools
    documents = try container.decodeIfPresent([JSONValue].self, forKey: .documents) ?? documents
    templateArguments =
      try container.decodeIfPresent(JSONValue.self, forKey: .templateArguments) ?? templateArguments
    addsGenerationPrompt =
      try container.decodeIfPresent(Bool.self, forKey: .addsGenerationPrompt) ?? addsGenerationPrompt
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(messages, forKey: .messages)
    if !tools.isEmpty { try container.encode(tools, forKey: .tools) }
    if !documents.isEmpty { try container.encode(documents, forKey: .documents) }
    if templateArguments != [:] { try container.encode(templateArguments, forKey: .templateArguments) }
    if !addsGenerationPrompt { try container.encode(false, forKey: .addsGenerationPrompt) }
  }
}
