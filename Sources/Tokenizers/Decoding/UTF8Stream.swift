/// Turns bytes that come bit by bit into whole characters: the beginning of one is held until the rest is there, and
/// what cannot be UTF-8 becomes U+FFFD, one for each longest beginning of a character.
struct UTF8Stream: Sendable {
  private var held: [UInt8] = []

  mutating func push(_ bytes: [UInt8]) -> [UInt8] {
    // Most tokens are ASCII or hold whole characters.
    if held.isEmpty, bytes.allSatisfy({ $0 < 0x80 }) { return bytes }
    let all = held + bytes
    held = Array(all.suffix(Self.unfinishedCount(all)))
    return Self.repaired(all.dropLast(held.count))
  }

  mutating func finish() -> [UInt8] {
    defer { held = [] }
    return Self.repaired(held[...])
  }

  private static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  /// How many bytes at the end may still become a character.
  private static func unfinishedCount(_ bytes: [UInt8]) -> Int {
    for count in 1...3 where count <= bytes.count {
      let lead = bytes[bytes.count - count]
      if lead & 0xc0 == 0x80 { continue }
      guard lead >= 0xc2, lead < 0xf5, UTF8Scalars.length(lead: lead) > count else { return 0 }
      return count == 1 || isPossible(lead, bytes[bytes.count - count + 1]) ? count : 0
    }
    return 0
  }

  /// Whether some character begins with these two bytes.
  private static func isPossible(_ lead: UInt8, _ second: UInt8) -> Bool {
    switch lead {
    case 0xe0: second >= 0xa0
    case 0xed: second < 0xa0
    case 0xf0: second >= 0x90
    case 0xf4: second < 0x90
    default: true
    }
  }
}
