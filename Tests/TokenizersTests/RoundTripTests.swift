import Foundation
import SharedTestData
import Testing
import Tokenizers

@Suite(.needsSharedData) struct RoundTripTests {
  private static func randomText(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<count {
      let limit: UInt32 = [0x80, 0x800, 0x10000, 0x110000].randomElement(using: &generator) ?? 0x80
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) { text.append(scalar) }
    }
    return String(text)
  }

  @Test func `random Unicode text survives encoding and decoding byte for byte`() throws {
    let tokenizer = try #require(try Fixtures.tokenizer("stories260K"))
    var generator = SeededGenerator(state: 42)
    for count in [1, 2, 3, 10, 100, 1000, 100_000] {
      // The model spells a space as U+2581, so that one character cannot come back as itself.
      let text = Self.randomText(count, using: &generator).replacing("\u{2581}", with: "")
      #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
    }
  }

  @Test func `one word of a million letters takes seconds at most`() throws {
    let tokenizer = try #require(try Fixtures.tokenizer("stories260K"))
    for unit in ["a", "the", "nd", "你"] {
      let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
      let duration = ContinuousClock().measure { #expect(tokenizer.decode(tokenizer.encode(text)) == text) }
      #expect(duration < .seconds(20))
    }
  }

  @Test func `decoding random ids piece by piece equals decoding them at once`() throws {
    for model in ["stories260K", "zh-poem-750k"] {
      let tokenizer = try #require(try Fixtures.tokenizer(model))
      var generator = SeededGenerator(state: 7)
      for _ in 0..<200 {
        let bound = [16, 260, tokenizer.vocabularySize + 10].randomElement(using: &generator) ?? 16
        let ids = (0..<Int.random(in: 0..<64, using: &generator)).map { _ in
          Int.random(in: -2..<bound, using: &generator)
        }
        var stream = tokenizer.makeStreamDecoder(skipSpecialTokens: false)
        let pieces = ids.map { stream.push($0) } + [stream.finish()]
        #expect(Array(pieces.joined().utf8) == Array(tokenizer.decode(ids, skipSpecialTokens: false).utf8))
      }
    }
  }

  @Test func `a token never stands for more bytes than longestTokenByteCount`() throws {
    let stories = try #require(try Fixtures.tokenizer("stories260K"))
    let poems = try #require(try Fixtures.tokenizer("zh-poem-750k"))
    #expect(poems.longestTokenByteCount == 5)
    var generator = SeededGenerator(state: 3)
    let text = Self.randomText(5000, using: &generator)
    for tokenizer in [stories, poems] {
      let count = tokenizer.encode(text, addSpecialTokens: false).count
      #expect(count * tokenizer.longestTokenByteCount >= text.utf8.count)
    }
    #expect(stories.longestTokenByteCount < 32)
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failing text is the same one next time.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
