import Foundation
import JSON
import Testing

@Suite struct JSONValueTests {
  @Test(arguments: [
    #"{"b":1,"a":[true,false,null],"é":"\"\\\n\u0001"}"#, "[]", "{}", "[0.1,1e+300,5e-324,-0.0]", #""\u001f""#,
    "9223372036854775807",
  ])
  func `text comes back as it was read`(text: String) throws {
    #expect(try JSONValue(parsing: text).text == text)
  }

  @Test func `every double comes back with its bits`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      let number = Double(bitPattern: .random(in: 0...UInt64.max, using: &generator))
      guard number.isFinite else { continue }
      let value = try JSONValue(parsing: JSONValue.number(number).text)
      #expect(value.double?.bitPattern == number.bitPattern, "\(number)")
    }
  }

  @Test func `canonical text sorts keys by their bytes at every level`() throws {
    let value = try JSONValue(parsing: #"{"b":{"z":1,"é":2,"e":3},"a":0,"B":[{"y":1,"x":2}]}"#)
    #expect(value.canonicalText == #"{"B":[{"x":2,"y":1}],"a":0,"b":{"e":3,"z":1,"é":2}}"#)
    #expect(value.text.hasPrefix(#"{"b":{"z":1,"#))
  }

  @Test func `strings and keys are equal only byte for byte`() {
    #expect(JSONValue.string("\u{e9}") != .string("e\u{301}"))
    #expect(["\u{e9}": 1] as JSONValue != ["e\u{301}": 1])
    #expect(["a": 1, "b": 2] as JSONValue == ["a": 1, "b": 2])
    #expect(Set<JSONValue>(["\u{e9}", "e\u{301}", "\u{e9}"]).count == 2)
  }

  @Test func `accessors answer only for their type`() {
    #expect(JSONValue.number(2).integer == 2)
    #expect(JSONValue.number(2.5).integer == nil)
    #expect(JSONValue.number(1e300).integer == nil)
    #expect(JSONValue.integer(2).double == 2)
    #expect(JSONValue.string("2").integer == nil)
    #expect(JSONValue.bool(true).integer == nil)
    #expect(JSONValue.null["a"] == nil)
    #expect((["a": nil] as JSONValue)["a"] == .null)
  }

  @Test func `an object keeps the order of its keys through changes`() {
    var object = JSONObject()
    for index in 0..<20 { object["k\(index)"] = .integer(Int64(index)) }
    object["k3"] = nil
    object["k5"] = "five"
    object["k3"] = "again"
    #expect(object.keys.last == "k3")
    #expect(object.keys[4] == "k5")
    for index in 6..<20 { object["k\(index)"] = nil }
    #expect(object.keys == ["k0", "k1", "k2", "k4", "k5", "k3"])
    #expect(object["k5"] == "five")
    #expect(object["k7"] == nil)
    for index in 6..<30 { object["k\(index)"] = 0 }
    #expect(object.count == 30)
    #expect(object["k4"] == 4)
  }

  @Test func `values pass through Codable`() throws {
    let value = try JSONValue(parsing: #"{"a":[1,2.5,"x",true,null,{"b":[]}],"n":-9223372036854775808}"#)
    let decoded = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    #expect(decoded.canonicalText == value.canonicalText)
  }
}
