import Foundation
import JSON
import SharedTestData
import Tokenizers

/// The cases of `Fixtures/make.py`, and how to run them.
enum TemplateFixtures {
  /// Noon of 26 July 2024 in UTC, the day that the references were made for.
  static let now = Date(timeIntervalSince1970: 1_721_995_200)

  static func cases() throws -> (variables: [String: JSONValue], cases: [JSONValue]) {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/cases.jsonl")
    let lines = try Data(contentsOf: path).split(separator: 0x0a).map { try JSONValue(parsing: Array($0)) }
    return (members(lines.first?["variables"]), Array(lines.dropFirst()))
  }

  static func members(_ value: JSONValue?) -> [String: JSONValue] {
    Dictionary(uniqueKeysWithValues: (value?.object ?? [:]).map { ($0.key, $0.value) })
  }

  static func render(
    _ source: String,
    _ variables: [String: JSONValue] = [:],
    limits: TemplateLimits = TemplateLimits()
  ) throws(TemplateError) -> String {
    try ChatTemplate(source, limits: limits).render(
      messages: variables["messages"] ?? [],
      tools: nil,
      documents: nil,
      addGenerationPrompt: variables["add_generation_prompt"]?.bool ?? false,
      extra: variables,
      now: now
    )
  }

  static func failure(
    _ source: String,
    _ variables: [String: JSONValue] = [:],
    limits: TemplateLimits = TemplateLimits()
  ) -> TemplateError? {
    do throws(TemplateError) {
      _ = try render(source, variables, limits: limits)
      return nil
    } catch {
      return error
    }
  }
}
