package import FoundationEssentials
package import JSON

/// A chat template: Jinja source that turns the messages of a conversation into the text that a model was trained on.
///
/// It renders byte for byte as transformers does (jinja2's ImmutableSandboxedEnvironment with `trim_blocks`,
/// `lstrip_blocks`, loop controls and transformers' `tojson`). Left out are inheritance, includes, recursive loops, the
/// filters for web pages, and integers beyond 64 bits; each is refused by name. A template that never ends, or makes too
/// much text, ends with `TemplateError.limitExceeded`.
package struct ChatTemplate: Sendable {
  private let statements: [TemplateStatement]
  private let limits: TemplateLimits

  package init(_ source: String, limits: TemplateLimits = TemplateLimits()) throws(TemplateError) {
    statements = try TemplateParser.parse(source, limits: limits)
    self.limits = limits
  }

  /// The text of a conversation.
  ///
  /// - Parameters:
  ///   - tools: JSON's null is Python's None, which transformers passes when there are no tools; nil leaves the name
  ///     undefined. Likewise `documents`.
  ///   - extra: Further variables, as `enable_thinking`; they go before those of the other parameters.
  ///   - specialTokens: `bos_token`, `eos_token` and so on.
  ///   - now: What `strftime_now` shows, in the local time zone.
  package func render(
    messages: JSONValue,
    tools: JSONValue? = .null,
    documents: JSONValue? = .null,
    addGenerationPrompt: Bool,
    extra: [String: JSONValue] = [:],
    specialTokens: [String: JSONValue] = [:],
    now: Date
  ) throws(TemplateError) -> String {
    try rendered(messages, tools, documents, addGenerationPrompt, extra, specialTokens, now).text
  }

  /// The text of a conversation, and which of it the assistant says: the insides of `{% generation %}` blocks, as ranges
  /// of Unicode scalars in order. Refused where such a block stands in a macro or a captured block.
  package func renderWithGenerations(
    messages: JSONValue,
    tools: JSONValue? = .null,
    documents: JSONValue? = .null,
    extra: [String: JSONValue] = [:],
    specialTokens: [String: JSONValue] = [:],
    now: Date
  ) throws(TemplateError) -> (text: String, generations: [Range<Int>]) {
    let renderer = try rendered(messages, tools, documents, false, extra, specialTokens, now)
    guard !renderer.hasUnplacedGeneration else {
      throw .unsupported(line: 1, feature: "a generation block inside a macro or a captured block")
    }
    return (renderer.text, Self.scalarRanges(renderer.generationSpans, in: renderer.text))
  }

  private func rendered(
    _ messages: JSONValue,
    _ tools: JSONValue?,
    _ documents: JSONValue?,
    _ addGenerationPrompt: Bool,
    _ extra: [String: JSONValue],
    _ specialTokens: [String: JSONValue],
    _ now: Date
  ) throws(TemplateError) -> TemplateRenderer {
    var variables = specialTokens.merging(extra) { $1 }
    variables["messages"] = messages
    variables["add_generation_prompt"] = .bool(addGenerationPrompt)
    if let tools, variables["tools"] == nil { variables["tools"] = tools }
    if let documents, variables["documents"] == nil { variables["documents"] = documents }
    let renderer = TemplateRenderer(limits: limits, now: now)
    try renderer.render(statements, with: variables)
    return renderer
  }

  /// Ranges of UTF-8 bytes, at borders of scalars, as ranges of scalars. Generations are in order and may be nested.
  private static func scalarRanges(_ ranges: [Range<Int>], in text: String) -> [Range<Int>] {
    guard !ranges.isEmpty else { return [] }
    let borders = Set(ranges.flatMap { [$0.lowerBound, $0.upperBound] })
    var scalars: [Int: Int] = [:]
    var count = 0
    for (offset, byte) in text.utf8.enumerated() where byte & 0xc0 != 0x80 {
      if borders.contains(offset) { scalars[offset] = count }
      count += 1
    }
    scalars[text.utf8.count] = count
    return ranges.compactMap { range in
      guard let start = scalars[range.lowerBound], let end = scalars[range.upperBound] else { return nil }
      return start..<end
    }
  }
}
