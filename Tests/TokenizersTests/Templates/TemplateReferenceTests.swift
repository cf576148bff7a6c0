import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Against jinja2 3.1.6, set as transformers sets it.
@Suite struct TemplateReferenceTests {
  @Test func `every case of make.py renders as jinja2 renders it`() throws {
    let (variables, cases) = try TemplateFixtures.cases()
    #expect(cases.count >= 800)
    for reference in cases {
      let source = try #require(reference["template"]?.string)
      do throws(TemplateError) {
        let text = try TemplateFixtures.render(source, variables)
        #expect(reference["rendered"]?.string.map { Array($0.utf8) } == Array(text.utf8), "\(source)")
      } catch {
        #expect(reference["error"] != nil, "\(source): \(error)")
        let message: String? = if case .raised(_, let message) = error { message } else { nil }
        #expect(message == reference["raised"]?.string, "\(source)")
      }
    }
  }

  @Test func `generation blocks stand where transformers finds them`() throws {
    let (variables, cases) = try TemplateFixtures.cases()
    let references = cases.filter { $0["generations"] != nil }
    #expect(references.count >= 3)
    for reference in references {
      let template = try ChatTemplate(try #require(reference["template"]?.string))
      let (text, generations) = try template.renderWithGenerations(
        messages: try #require(variables["messages"]),
        extra: variables,
        now: TemplateFixtures.now
      )
      let expected = try #require(reference["generations"]?.array).map { span in
        try #require(span.array?.first?.integer)..<(try #require(span.array?.last?.integer))
      }
      #expect(text == reference["rendered"]?.string)
      #expect(generations == expected)
    }
  }

  @Test(.needsSharedData)
  func `the templates of well-known models render their conversations`() throws {
    let rows = try SharedData.lines("chat_templates/rendered.jsonl")
    #expect(rows.count == 84)
    for row in rows {
      let name = try #require(row["template"]?.string)
      let template = try ChatTemplate(try SharedData.text("chat_templates/\(name)"))
      do throws(TemplateError) {
        let text = try template.render(
          messages: row["messages"] ?? [],
          tools: nil,
          documents: nil,
          addGenerationPrompt: row["add_generation_prompt"]?.bool ?? false,
          specialTokens: ["bos_token": row["bos_token"] ?? "", "eos_token": row["eos_token"] ?? ""],
          now: TemplateFixtures.now
        )
        #expect(row["rendered"]?.string.map { Array($0.utf8) } == Array(text.utf8), "\(name)")
      } catch {
        guard case .raised(_, let message) = error else {
          Issue.record("\(name): \(error)")
          continue
        }
        #expect(message == row["error"]?.string, "\(name)")
      }
    }
  }

  @Test func `tools are None without tools, as transformers passes them`() throws {
    let template = try ChatTemplate("{{ tools is defined }} {{ tools is none }} {{ documents is none }}")
    let text = try template.render(messages: [], addGenerationPrompt: false, now: TemplateFixtures.now)
    #expect(text == "True True True")
  }

  @Test func `an extra variable goes before a special token`() throws {
    let template = try ChatTemplate("{{ bos_token }}{{ eos_token }}{{ enable_thinking }}")
    let text = try template.render(
      messages: [],
      addGenerationPrompt: false,
      extra: ["enable_thinking": false, "bos_token": "B"],
      specialTokens: ["bos_token": "b", "eos_token": "e"],
      now: TemplateFixtures.now
    )
    #expect(text == "BeFalse")
  }
}
