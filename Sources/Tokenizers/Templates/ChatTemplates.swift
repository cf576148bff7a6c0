import FoundationEssentials
package import JSON

/// The chat templates of a model directory. Most have one; some also have one for tools or for documents.
package struct ChatTemplates: Sendable {
  package let byName: [String: ChatTemplate]
  /// `bos_token`, `eos_token` and the others of tokenizer_config.json, as `render` takes them.
  package let specialTokens: [String: JSONValue]

  /// Far above any template file, as tokenizer_config.json may list thousands of added tokens.
  private static let fileByteLimit = 32 << 20
  private static let specialTokenNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// One template from elsewhere, as a GGUF file has it.
  package init(_ template: ChatTemplate, specialTokens: [String: JSONValue]) {
    self.init(byName: ["default": template], specialTokens: specialTokens)
  }

  private init(byName: [String: ChatTemplate], specialTokens: [String: JSONValue]) {
    self.byName = byName
    self.specialTokens = specialTokens
  }

  /// The template for a conversation: “tool_use” when it has tools, “rag” when it has documents, else “default”, or
  /// the only one there is.
  package func template(withTools: Bool = false, withDocuments: Bool = false) -> ChatTemplate? {
    if withTools, let template = byName["tool_use"] { return template }
    if withDocuments, let template = byName["rag"] { return template }
    return byName["default"] ?? (byName.count == 1 ? byName.values.first : nil)
  }

  /// Reads chat_template.jinja, else chat_template.json, else tokenizer_config.json; nil when none has a template.
  package static func load(directory: String) throws(TemplateError) -> ChatTemplates? {
    let configurationPath = "\(directory)/tokenizer_config.json"
    let configuration = try readJSON(configurationPath)
    let specialTokens = specialTokens(in: configuration)
    if let bytes = try read("\(directory)/chat_template.jinja") {
      let template = try ChatTemplate(String(decoding: bytes, as: UTF8.self))
      return ChatTemplates(byName: ["default": template], specialTokens: specialTokens)
    }
    for (path, file) in [
      ("\(directory)/chat_template.json", try readJSON("\(directory)/chat_template.json")),
      (configurationPath, configuration),
    ] {
      guard let value = file?["chat_template"], !value.isNull else { continue }
      return ChatTemplates(byName: try templates(value, path: path), specialTokens: specialTokens)
    }
    return nil
  }

  /// A string, a list of `{"name", "template"}`, or an object of templates by name.
  private static func templates(_ value: JSONValue, path: String) throws(TemplateError) -> [String: ChatTemplate] {
    if let source = value.string { return ["default": try ChatTemplate(source)] }
    var templates: [String: ChatTemplate] = [:]
    for (name, source) in try namedSources(value, path: path) { templates[name] = try ChatTemplate(source) }
    return templates
  }

  private static func namedSources(
    _ value: JSONValue,
    path: String
  ) throws(TemplateError) -> [(name: String, source: String)] {
    let entries =
      value.object.map { members in members.map { (JSONValue.string($0.key), $0.value) } }
      ?? value.array?.map { ($0["name"] ?? .null, $0["template"] ?? .null) }
    guard let entries else {
      throw .malformed(path: path, problem: "chat_template is a \(value.typeName), not a string or a list")
    }
    return try entries.map { (entry) throws(TemplateError) in
      guard let name = entry.0.string, let source = entry.1.string else {
        throw .malformed(path: path, problem: "an entry of chat_template has no name or no template")
      }
      return (name, source)
    }
  }

  private static func specialTokens(in configuration: JSONValue?) -> [String: JSONValue] {
    var tokens: [String: JSONValue] = [:]
    for name in specialTokenNames {
      // A string, or an added token with its content.
      guard let member = configuration?[name], let text = member.string ?? member["content"]?.string else { continue }
      tokens[name] = .string(text)
    }
    if let additional = configuration?["additional_special_tokens"]?.array {
      tokens["additional_special_tokens"] = .array(additional.map { $0["content"] ?? $0 })
    }
    return tokens
  }

  private static func readJSON(_ path: String) throws(TemplateError) -> JSONValue? {
    guard let bytes = try read(path) else { return nil }
    do {
      return try JSONValue(parsing: bytes)
    } catch {
      throw .malformed(path: path, problem: "\(error)")
    }
  }

  /// nil when there is no such file.
  private static func read(_ path: String) throws(TemplateError) -> [UInt8]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      guard size <= fileByteLimit else {
        throw TemplateError.unreadable(path: path, reason: "\(size) bytes are more than \(fileByteLimit)")
      }
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch let error as TemplateError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }
}

extension ChatTemplate {
  /// The template of a model directory for conversations without tools; nil when it has none.
  package static func load(directory: String) throws(TemplateError) -> ChatTemplate? {
    try ChatTemplates.load(directory: directory)?.template()
  }
}
