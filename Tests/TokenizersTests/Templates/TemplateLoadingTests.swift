import Foundation
import JSON
import Testing
import Tokenizers

@Suite struct TemplateLoadingTests {
  /// Loads a directory with `files` in it.
  private static func load(_ files: [String: String]) throws -> ChatTemplates? {
    let directory = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for (name, content) in files { try Data(content.utf8).write(to: directory.appending(path: name)) }
    return try ChatTemplates.load(directory: directory.path())
  }

  private static func text(_ template: ChatTemplate?) throws -> String? {
    try template?.render(messages: [], addGenerationPrompt: false, now: TemplateFixtures.now)
  }

  @Test func `a directory without a template has none`() throws {
    #expect(try Self.load([:]) == nil)
    #expect(try Self.load(["tokenizer_config.json": #"{"chat_template": null}"#]) == nil)
    #expect(try ChatTemplate.load(directory: "/nonexistent") == nil)
  }

  @Test(arguments: [
    ["tokenizer_config.json": #"{"chat_template": "a"}"#],
    ["tokenizer_config.json": #"{"chat_template": "b"}"#, "chat_template.json": #"{"chat_template": "a"}"#],
    ["chat_template.jinja": "a", "chat_template.json": #"{"chat_template": "b"}"#],
    ["tokenizer_config.json": #"{"chat_template": [{"name": "default", "template": "a"}]}"#],
  ])
  func `a template is found in each place, the file of its own first`(files: [String: String]) throws {
    #expect(try Self.text(try Self.load(files)?.template()) == "a")
  }

  @Test func `named templates are chosen by what the conversation has`() throws {
    let list =
      #"[{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}, {"name": "rag", "template": "r"}]"#
    let templates = try #require(try Self.load(["tokenizer_config.json": #"{"chat_template": \#(list)}"#]))
    #expect(try Self.text(templates.template()) == "d")
    #expect(try Self.text(templates.template(withTools: true)) == "t")
    #expect(try Self.text(templates.template(withDocuments: true)) == "r")
  }

  @Test func `special tokens come as strings, whatever their spelling`() throws {
    let configuration =
      #"{"chat_template": "", "bos_token": "<s>", "eos_token": {"content": "</s>"}, "pad_token": null, "additional_special_tokens": ["a", {"content": "b"}]}"#
    let templates = try #require(try Self.load(["tokenizer_config.json": configuration]))
    #expect(
      templates.specialTokens == ["bos_token": "<s>", "eos_token": "</s>", "additional_special_tokens": ["a", "b"]]
    )
  }

  @Test(arguments: [
    ("tokenizer_config.json", #"{"chat_template": 5}"#),
    ("tokenizer_config.json", #"{"chat_template": [{"name": "x"}]}"#),
    ("tokenizer_config.json", "{"),
    ("chat_template.json", "["),
    ("chat_template.jinja", "{% if"),
  ])
  func `a damaged file is refused`(name: String, content: String) {
    #expect(throws: TemplateError.self) { try Self.load([name: content]) }
  }
}
