import JSON
import Privacy
import SharedTestData
import Testing

/// Exact spans found and missed in the labelled texts, by the type that the data names.
struct Measure {
  var found = 0
  var missed: [String] = []
  var wrong: [String] = []
  var recall: Double { Double(found) / Double(max(1, found + missed.count)) }
  var precision: Double { Double(found) / Double(max(1, found + wrong.count)) }
}

func measure(_ path: String, spansKey: String, types: [String: [EntityType]]) throws -> [String: Measure] {
  var measures: [String: Measure] = [:]
  let redactor = Redactor()
  for line in try SharedData.lines(path) {
    guard let text = line["text"]?.string, let spans = line[spansKey]?.array else { continue }
    let gold = spans.compactMap(GoldSpan.init)
    let entities = redactor.entities(in: text)
    let scalars = Array(text.unicodeScalars)
    func excerpt(_ range: Range<Int>) -> String {
      var string = String.UnicodeScalarView()
      string.append(contentsOf: scalars[max(0, range.lowerBound - 20)..<min(scalars.count, range.upperBound + 10)])
      return String(string)
    }
    for (name, wanted) in types {
      let goldRanges = Set(gold.filter { $0.type == name }.map(\.range))
      let ranges = Set(entities.filter { wanted.contains($0.type) }.map(\.range))
      measures[name, default: Measure()].found += goldRanges.intersection(ranges).count
      measures[name, default: Measure()].missed += goldRanges.subtracting(ranges).map(excerpt)
      measures[name, default: Measure()].wrong += ranges.subtracting(goldRanges).map(excerpt)
    }
  }
  return measures
}

@Suite(.needsSharedData)
struct RecallTests {
  @Test func `Chinese sentences: every number, address and card is found`() throws {
    let measures = try measure(
      "pii/cn_pii_zh.jsonl",
      spansKey: "entities",
      types: [
        "zh_phone": [.chineseMobile, .phone], "zh_id_card": [.chineseIdentity], "zh_bank_card": [.chineseBankCard],
        "email": [.email], "ip_address": [.ipAddress],
      ]
    )
    for (name, measure) in measures {
      #expect(measure.recall == 1, "\(name) misses \(measure.missed)")
      #expect(measure.precision == 1, "\(name) wrongly finds \(measure.wrong)")
    }
  }

  @Test func `English sentences: cards, addresses and telephones are found`() throws {
    let measures = try measure(
      "pii/presidio_synth_en.jsonl",
      spansKey: "spans",
      types: [
        "CREDIT_CARD": [.creditCard, .chineseBankCard], "EMAIL_ADDRESS": [.email], "IP_ADDRESS": [.ipAddress],
        "PHONE_NUMBER": [.phone, .chineseMobile],
      ]
    )
    for (name, measure) in measures {
      #expect(measure.recall == 1, "\(name) misses \(measure.missed)")
      #expect(measure.precision == 1, "\(name) wrongly finds \(measure.wrong)")
    }
  }

  @Test(arguments: ["CREDIT_CARD", "EMAIL_ADDRESS", "IP_ADDRESS", "PHONE_NUMBER"])
  func `the cases of Presidio's recognisers`(name: String) throws {
    let types: [String: Set<EntityType>] = [
      "CREDIT_CARD": [.creditCard], "EMAIL_ADDRESS": [.email], "IP_ADDRESS": [.ipAddress],
      "PHONE_NUMBER": [.phone, .chineseMobile],
    ]
    var failures: [String] = []
    for line in try SharedData.lines("pii/presidio_recognizer_cases.jsonl") where line["entity"]?.string == name {
      guard let text = line["text"]?.string, let count = line["expected_count"]?.integer else { continue }
      let found = Redactor().entities(in: text).filter { types[name]?.contains($0.type) == true }.map(\.range)
      let expected = line["expected_spans"]?.array?.compactMap { span -> Range<Int>? in
        guard let start = span.array?[0].integer, let end = span.array?[1].integer else { return nil }
        return start..<end
      }
      if found.count != count || (expected.map { $0 != found } ?? false) {
        failures.append("\(text) found \(found) expected \(count) \(expected ?? [])")
      }
    }
    // Three telephone texts occur twice with counts that contradict each other.
    #expect(failures.count <= (name == "PHONE_NUMBER" ? 3 : 0), "\(failures)")
  }

  @Test func `resident identity numbers: valid ones are found, wrong dates and check characters are not`() throws {
    let numbers = try JSONValue(parsing: SharedData.text("pii/cn_id_numbers.json"))
    let valid = try #require(numbers["resident_id"]?["valid"]?.array).compactMap(\.string)
    for number in valid {
      #expect(Redactor().entities(in: "号码\(number)。").map(\.type) == [.chineseIdentity])
    }
    let invalid = try #require(numbers["resident_id"]?["invalid"]?.object)
    for reason in ["format", "date", "checksum", "region"] {
      for number in try #require(invalid[reason]?.array).compactMap(\.string) {
        #expect(!Redactor().entities(in: number).map(\.type).contains(.chineseIdentity), "\(reason) \(number)")
      }
    }
  }

  @Test(arguments: [
    "text/tinyshakespeare.txt", "text/wikitext2.valid.txt", "text/tang_poems_zh.jsonl", "clean/cc_head_en.jsonl",
    "clean/near_duplicates.jsonl", "pii/cluener_zh.jsonl",
  ])
  func `text without personal numbers stays as it is`(path: String) throws {
    #expect(Redactor().entities(in: try SharedData.text(path)).isEmpty)
  }
}
