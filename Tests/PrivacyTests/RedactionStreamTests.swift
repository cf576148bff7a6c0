import Privacy
import Testing

struct RedactionStreamTests {
  private static let samples = [
    "mail li.na@corp.io, 手机 +86-199-1234-5678，卡 629264674189627598。",
    "-----BEGIN RSA PRIVATE KEY-----\n" + String(repeating: "MIIEowIBAAKCAQEA", count: 200)
      + "\n-----END RSA PRIVATE KEY-----\ntail",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0" + String(repeating: "abcd", count: 300) + ".c2lnbmF0dXJl end",
    String(repeating: "1234567890", count: 300) + " 13812345678 " + String(repeating: "x", count: 3000) + "@corp.io",
    "http://u:p@h/ ::ffff:10.0.0.1 password=\"" + String(repeating: "z", count: 390) + "\" call me: 9498777106",
    String(repeating: "text without anything ", count: 500) + "id 11010519491231002X.",
  ]

  @Test(arguments: [1, 2, 3, 7, 64, 511, 4096], samples.indices)
  func `chunks give what the whole text gives`(chunkSize: Int, sample: Int) {
    let text = Self.samples[sample]
    let bytes = Array(text.utf8)
    var stream = RedactionStream(Redactor())
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: chunkSize) {
      output += stream.append(bytes[start..<min(bytes.count, start + chunkSize)])
    }
    output += stream.finish()
    #expect(String(decoding: output, as: UTF8.self) == Redactor().redact(text).description)
  }

  @Test func `random pieces of entities give what the whole text gives`() {
    let pieces = [
      "li@corp.io", "13812345678", " ", "@", "a", "1", "-", ":", "://", "::", "192.168.1.1", "\\u5f20", "中", "\n",
      "password: ",
      "x9", "+86 ", "4012-8888-8888-1881", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "Bearer ", "eyJ",
      ".", "sk-", "tel ",
      String(repeating: "q7", count: 150),
    ]
    var generator = SplitMix(state: 7)
    for _ in 0..<300 {
      let text = (0..<Int.random(in: 1...120, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }.joined()
      let bytes = Array(text.utf8)
      var stream = RedactionStream(Redactor())
      var output: [UInt8] = []
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 1...200, using: &generator))
        output += stream.append(bytes[start..<end])
        start = end
      }
      output += stream.finish()
      #expect(String(decoding: output, as: UTF8.self) == Redactor().redact(text).description, "\(text)")
    }
  }

  @Test func `what is decided comes out before the end`() {
    var stream = RedactionStream(Redactor())
    let output = stream.append(Array(String(repeating: "word ", count: 1000).utf8))
    #expect(output.count > 4000)
  }

  @Test func `bytes that are not UTF-8 end the stream with the placeholder`() {
    var stream = RedactionStream(Redactor())
    var output = stream.append([0x61, 0xff, 0x62])
    output += stream.append(Array("li@corp.io".utf8))
    output += stream.finish()
    #expect(String(decoding: output, as: UTF8.self) == "[unredacted content withheld]")
  }
}

/// Reproducible randomness (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
