import Expressions
import Testing

struct ExpressionTests {
  @Test func `a whole match begins and ends with the text`() throws {
    let expression = try Expression(#"(?:.*\.)?(q|v)_proj"#)
    #expect(expression.matchesWhole("model.layers.0.self_attn.q_proj"))
    #expect(expression.matchesWhole("v_proj"))
    #expect(!expression.matchesWhole("model.layers.0.self_attn.q_proj.weight"))
    #expect(!expression.matchesWhole("model.layers.0.mlp.up_proj"))
    // An alternative that ends too early gives way to one that does not.
    #expect(try Expression("a|ab").matchesWhole("ab"))
  }

  @Test(arguments: ["(a+)+b", "(a|aa)+b", "(a*)*b", "((a?){30}){30}b"])
  func `an expression that would search for years is no match`(source: String) throws {
    #expect(!(try Expression(source).matchesWhole(String(repeating: "a", count: 2000))))
  }

  @Test func `what cannot be compiled is refused with its place`() {
    #expect(throws: ExpressionError.invalid("a(b", problem: "missing closing parenthesis", offset: 3)) {
      try Expression("a(b")
    }
    #expect(throws: ExpressionError.tooLong(byteCount: 1 << 15, limit: 1 << 14)) {
      try Expression(String(repeating: "a", count: 1 << 15))
    }
  }
}
