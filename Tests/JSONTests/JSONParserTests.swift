import JSON
import Testing

/// Cases after RFC 8259 and the JSONTestSuite of Seriot 2016, "Parsing JSON is a Minefield".
@Suite struct JSONParserTests {
  private static func reason(_ bytes: [UInt8]) -> JSONError.Reason? {
    do throws(JSONError) {
      _ = try JSONValue(parsing: bytes)
      return nil
    } catch {
      return error.reason
    }
  }

  private static let wellFormed: [(String, JSONValue)] = [
    ("null", JSONValue.null), (" \t\r\n true ", true), ("false", false), ("0", 0), ("-0", 0), ("-1", -1),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.0", .number(1)), ("1e2", .number(100)),
    ("1E+2", .number(100)), ("-1.5e-3", .number(-0.0015)), ("123.456e78", .number(123.456e78)),
    ("1e-400", .number(0)), ("\"\"", ""), ("[]", []), ("{}", [:]), ("[[]   ]", [[]]), ("[1,\n2 , 3]", [1, 2, 3]),
    (#"{"a":{"b":[null]}}"#, ["a": ["b": [nil]]]), (#"{"":0}"#, ["": 0]), (#"{"a\u0000b":1}"#, ["a\0b": 1]),
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u4f60""#, "Aé你"), (#""\uD834\uDD1E""#, "𝄞"),
    (#""\udbff\udfff""#, "\u{10ffff}"), ("\"\u{7f}\u{2028}\u{feff}\"", "\u{7f}\u{2028}\u{feff}"),
    (#""\uFFFF\u0000""#, "\u{ffff}\0"),
  ]

  @Test(arguments: wellFormed)
  func `well-formed documents are read`(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test(arguments: [
    "", " ", "n", "nul", "nulll", "NULL", "True", "tru", "NaN", "Infinity", "-Infinity", "undefined", "'a'",
    "+1", "01", "-01", "-", "--1", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1e1.5", "0x1", "1_000", "1 2", "1,", "1a",
    "1e400", "-1e400", "[", "]", "[1", "[1,", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1;2]", "[1}", "[]]", "[][]", "{",
    "}", "{,}",
    "{1:1}", "{a:1}", "{'a':1}", #"{"a"}"#, #"{"a":}"#, #"{"a" 1}"#, #"{"a":1"#, #"{"a":1,}"#, #"{"a":1,,"b":2}"#,
    #"{"a":1 "b":2}"#, #"{"a"::1}"#, #"{:1}"#, #"{"a":1]"#, #"{}}"#, "\"", "\"a", #""\"#, #""\x""#, #""\'""#, #""\u""#,
    #""\u12""#,
    #""\u123g""#, #""\u+123""#, #""\uD800""#, #""\uD800a""#, #""\uD800\n""#, #""\uD800\u""#, #""\uD800\u0041""#,
    #""\uDC00""#,
    #""\uD800\uD800""#, #""\uDC00\uD800""#, "\"a\nb\"", "\"a\tb\"", "\"\0\"", "\"\u{1f}\"", "/* */ 1", "1 // one",
    "# 1",
    "\u{feff}1", "\u{a0}1", "1\u{2028}", "\u{c}1", "[\u{b}1]", "１", "\"a\" \"b\"", "*", "\\u0031",
  ])
  func `what RFC 8259 does not allow is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test(
    arguments: [
      [0xff], [0x80], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xf0, 0x80, 0x80, 0xaf], [0xed, 0xa0, 0x80],
      [0xed, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe4, 0xbd], [0xe4, 0xbd, 0x22], [0xc3], [0xfe, 0xff],
    ] as [[UInt8]]
  )
  func `bytes that are not UTF-8 are refused inside and outside of strings`(bytes: [UInt8]) {
    #expect(
      Self.reason([0x22] + bytes + [0x22]) == .invalidUTF8 || Self.reason([0x22] + bytes + [0x22]) == .unexpectedEnd
    )
    #expect(Self.reason([0x22, 0x5c, 0x6e] + bytes + [0x22]) != nil)
    #expect(Self.reason(bytes) != nil)
  }

  @Test(arguments: [#"{"a":1,"a":1}"#, #"{"a":1,"b":2,"\u0061":3}"#, #"[{"x":{"":1,"":2}}]"#])
  func `a key that comes twice is refused`(text: String) {
    guard case .duplicateKey = Self.reason(Array(text.utf8)) else {
      Issue.record("\(text) was not refused for its keys")
      return
    }
  }

  @Test func `a key that comes twice among thousands is refused`() {
    let members = (0..<5000).map { "\"k\($0)\":\($0)" }
    #expect(Self.reason(Array("{\(members.joined(separator: ","))}".utf8)) == nil)
    #expect(Self.reason(Array("{\(members.joined(separator: ",")),\"k17\":0}".utf8)) == .duplicateKey("k17"))
  }

  @Test func `canonically equivalent keys are different keys`() throws {
    let value = try JSONValue(parsing: "{\"\u{e9}\":1,\"e\u{301}\":2}")
    #expect(value["\u{e9}"] == 1)
    #expect(value["e\u{301}"] == 2)
  }

  @Test(arguments: [("[", "]"), (#"{"a":"#, "}"), (#"[{"a":"#, "}]")])
  func `nesting is bounded`(open: String, close: String) {
    let levels = open == #"[{"a":"# ? 2 : 1
    let deepest = 256 / levels
    func text(_ count: Int) -> String {
      String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
    }
    #expect(Self.reason(Array(text(deepest).utf8)) == nil)
    #expect(Self.reason(Array(text(deepest + 1).utf8)) == .tooDeep(limit: 256))
    #expect(Self.reason(Array(String(repeating: open, count: 1_000_000).utf8)) == .tooDeep(limit: 256))
  }

  @Test func `random bytes never crash the parser`() {
    let alphabet = Array(#"{}[]",:\u0123456789dDeEfFtrunls-+. "#.utf8) + [0x00, 0x0a, 0x80, 0xc3, 0xa9, 0xed, 0xff]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<24)).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      guard let value = try? JSONValue(parsing: bytes) else { continue }  // Only what parses has to come back.
      #expect((try? JSONValue(parsing: value.text)) == value, "\(bytes)")
    }
  }

  @Test func `every prefix and every single damaged byte of a document is handled`() throws {
    let document = Array(#"{"a\n":[1,-2.5e3,{"é":"\ud834\udd1e"},true,null],"b":""}"#.utf8)
    _ = try JSONValue(parsing: document)
    for count in 0..<document.count { #expect(Self.reason(Array(document[..<count])) != nil) }
    for index in document.indices {
      for byte in UInt8.min...UInt8.max {
        var damaged = document
        damaged[index] = byte
        _ = Self.reason(damaged)
      }
    }
  }

  @Test(arguments: [("[1,2,x]", 5), ("{\"a\":1,\"a\":2}", 7), ("", 0), ("[1] 2", 4), ("\"\\q\"", 3)])
  func `an error says where`(text: String, offset: Int) throws {
    let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error.offset == offset)
    #expect(error.description.contains("byte \(offset)"))
  }
}
