import Checkpoints
import FuzzTestSupport
import JSON
import Testing

/// PyPI's gguf is the reference: `Fixtures/make_blocks.py`.
struct GGMLTypeTests {
  private static let blockCount = 1000

  @Test(arguments: GGMLType.allCases.filter { $0 != .float32 })
  func `1 000 random blocks become the bits of the reference`(type: GGMLType) throws {
    let expected = try #require(try Fixtures.json("blocks.json")[type.name])
    let bytes = Self.blocks(type)
    var values = [Float](repeating: 0, count: Self.blockCount * type.blockElementCount)
    var span = values.mutableSpan
    unsafe type.dequantize(bytes.span.bytes, into: &span)
    let first = values.prefix(8).map { Int($0.bitPattern) }
    #expect(first == (expected["first"]?.array ?? []).map(\.integer))
    #expect(Self.hash(values) == expected["hash"]?.string)
  }

  @Test func `types have the sizes of the reference`() {
    #expect(GGMLType.allCases.map(\.blockByteCount) == [4, 2, 18, 20, 22, 24, 34, 144, 176, 210, 2])
    #expect(GGMLType.allCases.map(\.blockElementCount) == [1, 1, 32, 32, 32, 32, 32, 256, 256, 256, 1])
  }

  private static func blocks(_ type: GGMLType) -> [UInt8] {
    let scales: [GGMLType: [Int]] = [.q41: [0, 2], .q51: [0, 2], .q4K: [0, 2], .q5K: [0, 2], .q6K: [208]]
    var generator = SeededGenerator(state: UInt64(type.rawValue))
    let count = blockCount * type.blockByteCount
    var bytes: [UInt8] = []
    while bytes.count < count {
      let word = generator.next()
      for shift in 0..<8 where bytes.count < count { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
    }
    for block in 0..<blockCount {
      for scale in scales[type] ?? [0] { bytes[block * type.blockByteCount + scale + 1] &= 0xBF }
    }
    return bytes
  }

  private static func hash(_ values: [Float]) -> String {
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in values {
      for shift in 0..<4 {
        state = (state ^ UInt64(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * shift)))) &* 0x100_0000_01B3
      }
    }
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
