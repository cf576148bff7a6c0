import Tensors
import Testing

@Suite struct PhiloxTests {
  struct KnownAnswer: Sendable {
    let counter: [UInt32]
    let key: [UInt32]
    let block: [UInt32]
  }

  /// The lines "philox4x32 10" of kat_vectors in Random123 1.14.
  static let knownAnswers = [
    KnownAnswer(
      counter: [0, 0, 0, 0],
      key: [0, 0],
      block: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
    ),
    KnownAnswer(
      counter: Array(repeating: .max, count: 4),
      key: [.max, .max],
      block: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
    ),
    KnownAnswer(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
      key: [0xa409_3822, 0x299f_31d0],
      block: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    ),
  ]

  @Test(arguments: knownAnswers)
  func `blocks equal the published ones`(answer: KnownAnswer) {
    let counter = answer.counter
    let block = Philox.block(
      (counter[0], counter[1], counter[2], counter[3]),
      key: (answer.key[0], answer.key[1])
    )
    #expect([block.0, block.1, block.2, block.3] == answer.block)
  }

  @Test func `uniform numbers are below 1, differ by index and by seed, and average a half`() {
    let draws = (0..<20_000).map { Philox.uniform(seed: 7, index: $0) }
    #expect(draws.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(Set(draws).count == draws.count)
    let mean: Double = draws.reduce(0, +) / Double(draws.count)
    // Five standard deviations of the mean of 20 000 numbers.
    #expect(abs(mean - 0.5) < 0.0102)
    #expect(Philox.uniform(seed: 7, index: 0) != Philox.uniform(seed: 8, index: 0))
    #expect(Philox.uniform(seed: 1 << 32, index: 0) != Philox.uniform(seed: 0, index: 0))
    #expect(Philox.uniform(seed: 0, index: 1 << 32) != Philox.uniform(seed: 0, index: 0))
  }
}
