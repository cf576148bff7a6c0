import JSON

/// A conversation as chat templates take it.
struct Conversation {
  /// Each is rendered from the beginning several times, so their number is bounded.
  static let messageLimit = 512

  /// Objects with a `role`, and members that the template knows.
  var messages: [JSONValue]
  /// null: none.
  var tools: JSONValue = .null
  /// `chat_template_kwargs`: further variables of the template.
  var extra: [String: JSONValue] = [:]

  init(messages: [JSONValue]) {
    self.messages = messages
  }

  /// Of a row with `messages` or `conversations`.
  init(_ row: DatasetRow, _ shape: DatasetShape) throws(DatasetError) {
    let column = shape == .sharegpt ? "conversations" : "messages"
    messages = try Self.messages(column, row)
    if let system = try row.optionalString("system"), !system.isEmpty, shape == .sharegpt, role(at: 0) != "system" {
      messages.insert(["role": "system", "content": .string(system)], at: 0)
    }
    try readVariables(row)
  }

  mutating func readVariables(_ row: DatasetRow) throws(DatasetError) {
    tools = try row.optionalJSON("tools") ?? .null
    guard tools.isNull || tools.array != nil else { throw row.invalid("tools", "is not a list of tools") }
    if tools.array?.isEmpty == true { tools = .null }
    guard let variables = try row.optionalJSON("chat_template_kwargs") else { return }
    guard let members = variables.object else { throw row.invalid("chat_template_kwargs", "is not an object") }
    for (name, value) in members { extra[name] = value }
  }

  func role(at index: Int) -> String? {
    messages.indices.contains(index) ? messages[index]["role"]?.string : nil
  }

  /// The conversation up to, and without, a message.
  func prefix(_ count: Int) -> Conversation {
    var prefix = self
    prefix.messages = Array(messages.prefix(count))
    return prefix
  }

  /// A column of messages, each with role and content; those of ShareGPT are renamed.
  static func messages(_ column: String, _ row: DatasetRow) throws(DatasetError) -> [JSONValue] {
    let elements = try row.list(column)
    guard elements.count <= messageLimit else {
      throw row.invalid(
        column,
        "has \(elements.count) messages; split it into conversations of at most \(messageLimit)"
      )
    }
    guard !elements.isEmpty else { throw row.invalid(column, "has no messages; leave the row out") }
    var messages: [JSONValue] = []
    for (index, element) in elements.enumerated() {
      guard let members = element.object else {
        throw row.invalid("\(column)[\(index)]", "is a JSON \(element.typeName), not an object with role and content")
      }
      messages.append(.object(try Message.normalized(members, path: "\(column)[\(index)]", row)))
    }
    return messages
  }
}

/// One message of a row.
private enum Message {
  /// LLaMA-Factory's names for roles.
  private static let roles = [
    "human": "user", "gpt": "assistant", "system": "system", "observation": "tool", "function_call": "assistant",
  ]

  static func normalized(_ members: JSONObject, path: String, _ row: DatasetRow) throws(DatasetError) -> JSONObject {
    var members = members
    if members["role"] == nil, let from = members["from"] {
      members["from"] = nil
      members["role"] = from.string.flatMap { roles[$0] }.map(JSONValue.string) ?? from
    }
    if members["content"] == nil, let value = members["value"] {
      members["value"] = nil
      members["content"] = value
    }
    guard let role = members["role"]?.string, isRole(role) else {
      throw row.invalid("\(path).role", "is no role; give system, user, assistant or tool (ShareGPT: human, gpt, …)")
    }
    switch members["content"] {
    case .string, .array: break
    case nil, .null:
      guard members["tool_calls"]?.array != nil else {
        throw row.invalid("\(path).content", "is missing; give the text of the message")
      }
    case .some(let value): throw row.invalid("\(path).content", "is a JSON \(value.typeName), not a text")
    }
    return members
  }

  private static func isRole(_ role: String) -> Bool {
    (1...32).contains(role.utf8.count) && role.utf8.allSatisfy { (0x61...0x7a).contains($0) || $0 == 0x5f }
  }
}
