import Tensors
import Testing

struct DropoutTests {
  /// Philox4x32-10 as published, one block at a time.
  private static func philox(_ counter: [UInt32], key: UInt64) -> [UInt32] {
    var c = counter, k = [UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)]
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(c[0]), second = UInt64(0xCD9E_8D57) * UInt64(c[2])
      c = [
        UInt32(second >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: second), UInt32(first >> 32) ^ c[3] ^ k[1],
        UInt32(truncatingIfNeeded: first),
      ]
      k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
    }
    return c
  }

  @Test func `the reference has the published values`() {
    #expect(Self.philox([0, 0, 0, 0], key: 0) == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
    let ones = UInt32.max
    #expect(
      Self.philox([ones, ones, ones, ones], key: .max) == [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
    )
  }

  @Test(arguments: [0, 1, 15, 64, 65, 1000, 40_000], [Float(0.1), 0.5])
  func `positions whose random word is below the rate are dropped, the others scaled`(count: Int, rate: Float) {
    var noise = Noise(seed: UInt64(count))
    let x = noise.values(count), key: UInt64 = 0x0123_4567_89AB_CDEF, counter: UInt64 = 0xFEDC_BA98_7654_3210
    let expected = x.indices.map { index in
      let number = UInt32(index / 64 * 16 + index % 16)
      let block = Self.philox([number, 0, 0x7654_3210, 0xFEDC_BA98], key: key)
      return Double(block[index % 64 / 16]) < Double(rate) * 0x1p32 ? 0 : x[index] * (1 / (1 - rate))
    }
    for kernels in allKernels {
      var y = AlignedBuffer(x)
      kernels.dropout(&y, count: count, rate: rate, key: key, counter: counter)
      #expect(bits(y.values) == bits(expected))
    }
  }

  @Test func `a rate of 0 drops nothing, and another counter drops others`() {
    let ones = [Float](repeating: 1, count: 10_000), kernels = allKernels[0]
    var same = AlignedBuffer(ones), first = AlignedBuffer(ones), second = AlignedBuffer(ones)
    kernels.dropout(&same, count: ones.count, rate: 0, key: 1, counter: 1)
    kernels.dropout(&first, count: ones.count, rate: 0.25, key: 1, counter: 1)
    kernels.dropout(&second, count: ones.count, rate: 0.25, key: 1, counter: 2)
    #expect(same.values == ones)
    #expect(first.values != second.values)
    for dropped in [first.values, second.values] {
      #expect(abs(Double(dropped.count { $0 == 0 }) - 2500) < 200)
    }
  }
}
