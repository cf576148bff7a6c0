import JSON
import Testing
import Tokenizers

@Suite struct TemplateErrorTests {
  @Test(arguments: [
    ("{{ 1 }}\n{% if %}", 2, "an expression is expected"),
    ("\n\n{% for x in y %}", 3, "“else” or “endfor” is expected"),
    ("a\n{{ 'x }}", 2, "a string has no end"),
    ("{# x\n", 1, "a comment has no “#}”"),
    ("\n{% endif %}", 2, "the tag “endif” is unknown here"),
    ("{% break %}", 1, "outside of a loop"),
  ])
  func `damage is told with its line`(source: String, line: Int, words: String) throws {
    guard case .syntax(line, let problem)? = TemplateFixtures.failure(source) else {
      Issue.record("\(String(describing: TemplateFixtures.failure(source)))")
      return
    }
    #expect(problem.contains(words))
  }

  @Test(arguments: [
    ("{% include 'a' %}", "the tag “include”"),
    ("{% import 'a' as b %}", "the tag “import”"),
    ("{% extends 'a' %}", "the tag “extends”"),
    ("{% block a %}{% endblock %}", "the tag “block”"),
    ("{% for x in [] recursive %}{% endfor %}", "a recursive loop"),
    ("{{ 'x'|urlize }}", "the filter “urlize”"),
    ("{{ 'x'.encode() }}", "the method “encode” of a str"),
    ("{{ 2 ** 64 }}", "an integer beyond 64 bits"),
    ("{{ 9223372036854775808 }}", "an integer beyond 64 bits"),
    ("{{ '\\N{BULLET}' }}", "the escape \\N"),
  ])
  func `what is left out is refused by name`(source: String, feature: String) {
    #expect(TemplateFixtures.failure(source) == .unsupported(line: 1, feature: feature))
  }

  @Test func `a failure has the line of the tag that failed`() {
    let source = "{% for m in messages %}\n{{ m.role }}\n{{ m.content + 1 }}\n{% endfor %}"
    let failure = TemplateFixtures.failure(source, ["messages": [["role": "user", "content": "secret"]]])
    #expect(failure == .failed(line: 3, problem: "“+” does not take a str and a int"))
  }

  @Test func `the message of raise_exception is apart, and not in the description`() throws {
    let failure = try #require(
      TemplateFixtures.failure("\n{{ raise_exception('no ' ~ messages[0]) }}", ["messages": ["secret"]])
    )
    #expect(failure == .raised(line: 2, message: "no secret"))
    #expect(!"\(failure)".contains("secret"))
  }

  @Test func `a generation block in a macro has no place, and its text still comes`() throws {
    let source = "{% macro m() %}{% generation %}a{% endgeneration %}{% endmacro %}{{ m() }}"
    #expect(try TemplateFixtures.render(source) == "a")
    #expect(throws: TemplateError.self) {
      try ChatTemplate(source).renderWithGenerations(messages: [], now: TemplateFixtures.now)
    }
  }
}
