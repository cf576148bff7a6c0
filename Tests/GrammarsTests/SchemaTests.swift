import Grammars
import GrammarsTestSupport
import JSON
import Testing

@Suite struct SchemaTests {
  private static func refusal(_ schema: String) throws -> GrammarError? {
    let value = try JSONValue(parsing: schema)
    do throws(GrammarError) {
      _ = try Grammar.schema(value)
      return nil
    } catch {
      return error
    }
  }

  private static let refused: [(schema: String, pointer: String, words: String)] = [
    (
      #"{"type":"object","properties":{"a":{"type":"string","contentEncoding":"x"}}}"#,
      "#/properties/a/contentEncoding", "supported: $ref"
    ),
    (
      #"{"type":"object","properties":{},"additionalProperties":true}"#, "#/additionalProperties",
      "additionalProperties false"
    ),
    (
      #"{"type":"object","properties":{},"additionalProperties":{"type":"string"}}"#, "#/additionalProperties",
      "additionalProperties false"
    ),
    (#"{"type":"object"}"#, "#”", "json_object"),
    (#"{"type":"object","properties":{},"patternProperties":{}}"#, "#/patternProperties", "supported"),
    (#"{"type":"object","properties":{"a/b~c":{"not":{}}}}"#, "#/properties/a~1b~0c/not", "supported"),
    (
      #"{"type":"object","properties":{"a":{"type":"null"}},"required":["b"]}"#, "#/required/0",
      "not among the properties"
    ),
    (#"{"type":"array","items":{"type":"null"},"uniqueItems":true}"#, "#/uniqueItems", "supported"),
    (#"{"type":"array"}"#, "#”", "items"),
    (#"{"type":"array","items":{"type":"null"},"minItems":3,"maxItems":2}"#, "#/maxItems", "below minItems"),
    (#"{"type":"array","items":{"type":"null"},"maxItems":100000}"#, "#/maxItems", "the limit is 4096"),
    (#"{"type":"array","items":{"type":"null"},"minItems":-1}"#, "#/minItems", "at least 0"),
    (
      #"{"type":"string","format":"uri"}"#, "#/format",
      "date-time, date, time, duration, email, hostname, ipv4, ipv6, uuid"
    ),
    (#"{"type":"string","pattern":"(?=a)b"}"#, "#/pattern", "look-ahead"),
    (#"{"type":"string","pattern":"a^"}"#, "#/pattern", "no string"),
    (#"{"type":"string","pattern":"^a{5}$","maxLength":3}"#, "#/pattern", "no string"),
    (#"{"type":"string","minLength":3,"maxLength":2}"#, "#/maxLength", "below minLength"),
    (#"{"type":"string","minimum":3}"#, "#/minimum", "minimum beside the type string"),
    (#"{"type":"integer","minimum":3,"maximum":2}"#, "#”", "below the lower"),
    (#"{"type":"integer","minimum":1.2,"maximum":1.8}"#, "#”", "no number"),
    (#"{"type":"integer","exclusiveMinimum":1,"maximum":1}"#, "#”", "no number"),
    (#"{"type":"number","multipleOf":0.01}"#, "#/multipleOf", "0.25"),
    (#"{"type":"number","multipleOf":0}"#, "#/multipleOf", "exactly"),
    (#"{"type":"integer","multipleOf":5000}"#, "#/multipleOf", "1024"),
    (#"{"type":"number","minimum":1e300}"#, "#/minimum", "exponent"),
    (#"{"oneOf":[{"type":"null"},{"type":"boolean"}]}"#, "#/oneOf", "anyOf"),
    (#"{"allOf":[{"type":"null"},{"type":"boolean"}]}"#, "#/allOf", "anyOf"),
    (#"{"anyOf":[]}"#, "#/anyOf", "at least one"),
    (#"{"anyOf":[{"type":"null"},true]}"#, "#/anyOf/1", "the schema true"),
    (#"{"anyOf":[{"type":"null"}],"type":"null"}"#, "#/type", "type beside anyOf"),
    (#"{"enum":[]}"#, "#/enum", "no value"),
    (#"{"type":"string","enum":[1]}"#, "#/enum", "no value"),
    (#"{"type":"string","enum":["a"],"minLength":1}"#, "#/minLength", "minLength beside enum"),
    (#"{"type":"text"}"#, "#/type", "the type “text”"),
    (#"{"type":[]}"#, "#/type", "empty"),
    (#"{}"#, "#”", "a schema without a type"),
    (#"{"properties":{}}"#, "#”", "a schema without a type"),
    (#"true"#, "#”", "the schema true"),
    (#"[]"#, "#”", "a schema that is array"),
    (##"{"$ref":"https://example.com/s"}"##, "#/$ref", "outside the schema"),
    (##"{"$ref":"#/$defs/a"}"##, "#/$ref", "refers to nothing"),
    (##"{"$ref":"#"}"##, "#”", "a recursive part needs a way to end"),
    (##"{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}"##, "#”", "way to end"),
    (#"{"type":"object","properties":{"a":{"type":"null","if":{}}}}"#, "#/properties/a/if", "the keyword “if”"),
  ]

  @Test(arguments: refused)
  func `what is outside the subset is refused with its place and the way out`(
    schema: String,
    pointer: String,
    words: String
  ) throws {
    let description = "\(try #require(try Self.refusal(schema)))"
    #expect(description.contains(pointer) && description.contains(words), "\(description)")
  }

  private static let languages: [(schema: String, documents: [String], others: [String])] = [
    (
      #"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"}},"required":["b"],"additionalProperties":false}"#,
      [#"{"a":null,"b":null}"#, #"{"b": null}"#, #"{"a": null, "b":null}"#],
      [#"{"a":null}"#, #"{"b":null,"a":null}"#, #"{"b":null,}"#, #"{ "b":null}"#, #"{"b":  null}"#, "{}", ""]
    ),
    (
      #"{"type":"string","minLength":2,"maxLength":3}"#,
      [#""ab""#, #""日本語""#, #""\ud83c\udf89é""#, #""🎉🎉""#, #""\u0041\n\"""#],
      [#""a""#, #""abcd""#, #""\ud83c\u0041""#, #""\ud83cab""#, #""\udf89ab""#, "\"a\nb\"", #""\u0000ab""#, #""\xab""#]
    ),
    (
      #"{"type":"array","items":{"type":"boolean"},"minItems":1,"maxItems":2}"#,
      ["[true]", "[true, false]", "[true,false]"], ["[]", "[true,false,true]", "[true ,false]", "[true,]"]
    ),
    (
      #"{"type":"integer","minimum":-10,"maximum":120}"#, ["-10", "0", "9", "99", "120"],
      ["-11", "-0", "121", "007", "1.0", "1e1", "-", ""]
    ),
    (
      #"{"type":"number","exclusiveMinimum":0.5,"maximum":2}"#, ["0.51", "1", "2", "2.000", "1.99999", "0.5000001"],
      ["0.5", "0.50", "2.01", "1.", ".9", "-1", "1e0"]
    ),
    (
      #"{"type":"number"}"#, ["0", "-1.5", "1e5", "-2.5E-10", "0.001"],
      ["01", "1e", "1e999", "+1", "NaN", "Infinity", "--1"]
    ),
    (#"{"type":"number","multipleOf":0.25}"#, ["0.25", "0.5", "0.50", "3", "-1.75"], ["0.2", "0.255", "0.3"]),
    (#"{"type":"integer","multipleOf":7}"#, ["0", "7", "-14", "700"], ["1", "-13", "701"]),
    (
      #"{"type":"string","format":"date"}"#, [#""2024-02-29""#, #""2000-02-29""#, #""1999-12-31""#],
      [#""2023-02-29""#, #""1900-02-29""#, #""2023-04-31""#, #""2023-13-01""#, #""2023-1-1""#]
    ),
    (
      #"{"type":"string","format":"ipv6"}"#,
      [#""::""#, #""::1""#, #""fe80::1:2""#, #""1:2:3:4:5:6:7:8""#, #""1::""#, #""1:2:3:4:5:6:7::""#],
      [#""1:2:3""#, #""1::2::3""#, #""12345::""#, #""1:2:3:4:5:6:7:8::""#]
    ),
    (#"{"type":["string","null"],"enum":["a",null,1]}"#, [#""a""#, "null"], ["1", #""b""#]),
    (
      #"{"anyOf":[{"type":"object","properties":{"a":{"const":1}},"required":["a"]},{"type":"object","properties":{"a":{"const":2},"b":{"const":3}},"required":["a","b"]}]}"#,
      [#"{"a":1}"#, #"{"a":2,"b":3}"#], [#"{"a":1,"b":3}"#, #"{"a":2}"#]
    ),
    (##"{"type":"array","items":{"$ref":"#"},"maxItems":3}"##, ["[]", "[[],[[]]]"], ["[", "[[]", "[[],[],[],[]]"]),
    (#"{"type":"string","pattern":"b"}"#, [#""b""#, #""\"b\n""#, #""aabaa""#], [#""a""#, #""\u0062""#]),
  ]

  @Test(arguments: languages)
  func `a schema's grammar has these documents and not those`(
    schema: String,
    documents: [String],
    others: [String]
  ) throws {
    let grammar = try Grammar.schema(JSONValue(parsing: schema))
    for document in documents { #expect(grammar.accepts(document.utf8), "\(document)") }
    for other in others { #expect(!grammar.accepts(other.utf8), "\(other)") }
  }

  @Test func `any object nests as deep as the stack, not deeper, and never gets stuck`() throws {
    let grammar = try Grammar.anyObject()
    #expect(grammar.accepts(#"{"a":[1,{"b": "c"}, null],"":-1.5e3,"x":{}}"#.utf8))
    for other in ["[]", "1", "{a:1}", "{\"a\":1,}", "{\"a\" :1}"] { #expect(!grammar.accepts(other.utf8)) }
    func nested(_ depth: Int) -> String {
      "{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
    }
    #expect(grammar.accepts(nested(120).utf8))
    #expect(!grammar.accepts(nested(140).utf8))
    let masks = try GrammarMasks(grammar: grammar, vocabulary: Vocabularies.smallVocabulary)
    let deeper = "{\"a\":".utf8.map { 1 + Int($0) } + Array(repeating: 1 + Int(UInt8(ascii: "[")), count: 200)
    var next = 0
    let draft = Draft(masks, vocabulary: Vocabularies.small, limit: 400) { mask in
      let wanted = deeper[min(next, deeper.count - 1)]
      next += 1
      let isAllowed = mask[wanted >> 6] >> UInt64(wanted & 63) & 1 == 1
      return isAllowed ? wanted : (0..<Vocabularies.small.count).last { mask[$0 >> 6] >> UInt64($0 & 63) & 1 == 1 }
    }
    #expect(try JSONValue(parsing: draft.text + draft.completion).object != nil)
  }

  @Test func `properties that are all required come as the list has them, for jsonb keeps no order of members`() throws
  {
    let schema =
      #"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"required":["c","a","b"]}"#
    let grammar = try Grammar.schema(try JSONValue(parsing: schema))
    #expect(grammar.accepts(#"{"c":null,"a":null,"b":null}"#.utf8))
    #expect(!grammar.accepts(#"{"a":null,"b":null,"c":null}"#.utf8))
  }

  @Test func `many alternatives and optional properties compile and read quickly`() throws {
    let properties = JSONObject(
      uniqueKeysWithValues: (0..<500).map { ("property\($0)", ["type": "integer", "minimum": .init($0)] as JSONValue) }
    )
    let grammar = try Grammar.schema(["type": "object", "properties": .object(properties)])
    #expect(grammar.accepts(#"{"property3":77,"property499":500}"#.utf8))
    #expect(!grammar.accepts(#"{"property499":500,"property3":77}"#.utf8))
    let values = try Grammar.schema(["enum": .array((0..<1000).map { .string("value \($0)") })])
    #expect(values.accepts(#""value 999""#.utf8) && !values.accepts(#""value 1000""#.utf8))
  }

  private static let explosive: [(name: String, schema: JSONValue)] = [
    (
      "optional properties",
      [
        "type": "object",
        "properties": .object(
          JSONObject(uniqueKeysWithValues: (0..<3000).map { ("p\($0)", ["type": "null"] as JSONValue) })
        ),
      ]
    ),
    (
      "long arrays of long arrays",
      [
        "type": "array", "minItems": 4000,
        "items": ["type": "array", "minItems": 4000, "items": ["type": "null"]],
      ]
    ),
    ("pattern", ["type": "string", "pattern": "(a|b)*a(a|b){20}"]),
    (
      "doubling references",
      [
        "$ref": "#/$defs/d60",
        "$defs": .object(
          JSONObject(
            uniqueKeysWithValues: (0...60).map { level in
              let below: JSONValue = level == 0 ? ["type": "null"] : ["$ref": .string("#/$defs/d\(level - 1)")]
              return (
                "d\(level)", ["type": "object", "properties": ["a": below, "b": below], "required": ["a", "b"]]
              )
            }
          )
        ),
      ]
    ),
    ("depth", (0..<200).reduce(["type": "null"]) { below, _ in ["type": "array", "minItems": 1, "items": below] }),
    ("values", ["enum": .array((0..<60_000).map { .string("\($0 &* 7919 % 60_000) and some more") })]),
  ]

  @Test(arguments: explosive)
  func `a schema that explodes is refused in time`(name: String, schema: JSONValue) {
    let clock = ContinuousClock()
    let start = clock.now
    #expect(throws: GrammarError.self, "\(name)") { try Grammar.schema(schema) }
    #expect(start.duration(to: clock.now) < .seconds(10), "\(name)")
  }

  @Test func `ambiguity that doubles with each level stays bounded`() throws {
    let schema =
      ##"{"anyOf":[{"type":"array","items":{"$ref":"#"},"maxItems":2},{"type":"array","items":{"$ref":"#"},"maxItems":3}]}"##
    let grammar = try Grammar.schema(JSONValue(parsing: schema))
    let text = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
    var isAccepted = false
    #expect(ContinuousClock().measure { isAccepted = grammar.accepts(text.utf8) } < .seconds(5))
    #expect(isAccepted)
  }
}
