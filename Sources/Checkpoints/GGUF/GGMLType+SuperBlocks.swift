/// The types of 256 elements with quantised scales for parts of them: Q4_K, Q5_K, Q6_K (llama.cpp, ggml-quants).
///
/// Every product and sum is rounded to f32 in the order of the reference, so the values are its bits. Block and target
/// are large enough: `GGMLType.dequantize` has looked.
enum SuperBlock {
  private static let partCount = 8
  private static let partSize = 32

  /// Scale of the scales, scale of the minima, 8 scales and 8 minima of 6 bits, 256 nibbles.
  static func q4K(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    for part in 0..<partCount {
      let (scale, minimum) = scaleAndMinimum(block, part: part)
      let shift = UInt8(part % 2 * 4), source = 16 + part / 2 * partSize, start = offset + part * partSize
      for index in 0..<partSize {
        let nibble = unsafe block.uncheckedByte(at: source &+ index) &>> shift & 15
        unsafe target[unchecked: start &+ index] = scale * Float(nibble) - minimum
      }
    }
  }

  /// As Q4_K with 256 fifth bits before the nibbles: bit `part` of byte `index`.
  static func q5K(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    for part in 0..<partCount {
      let (scale, minimum) = scaleAndMinimum(block, part: part)
      let shift = UInt8(part % 2 * 4), source = 48 + part / 2 * partSize, start = offset + part * partSize
      for index in 0..<partSize {
        let nibble = unsafe block.uncheckedByte(at: source &+ index) &>> shift & 15
        let high = unsafe block.uncheckedByte(at: 16 &+ index) &>> UInt8(truncatingIfNeeded: part) & 1
        unsafe target[unchecked: start &+ index] = scale * Float(nibble | high &<< 4) - minimum
      }
    }
  }

  /// 256 low nibbles, 256 high pairs of bits, 16 signed scales, the scale of the scales; less 32.
  static func q6K(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    let scale = block.float16(at: 208)
    for part in 0..<partCount {
      let half = part / 4, quarter = part % 4
      let shift = UInt8(quarter / 2 * 4), highShift = UInt8(quarter * 2)
      for group in 0..<2 {
        let partScale = scale * Float(Int8(bitPattern: block.byte(at: 192 + part * 2 + group)))
        let lowSource = half * 64 + quarter % 2 * 32 + group * 16, highSource = 128 + half * 32 + group * 16
        let start = offset + part * partSize + group * 16
        for index in 0..<16 {
          let low = unsafe block.uncheckedByte(at: lowSource &+ index) &>> shift & 15
          let high = unsafe block.uncheckedByte(at: highSource &+ index) &>> highShift & 3
          unsafe target[unchecked: start &+ index] = partScale * Float(Int32(low | high &<< 4) &- 32)
        }
      }
    }
  }

  /// The first four parts have their 6 bits in one byte; the others four in a shared byte and two above the first ones'.
  private static func scaleAndMinimum(_ block: RawSpan, part: Int) -> (Float, Float) {
    let scale: UInt8, minimum: UInt8
    if part < 4 {
      scale = block.byte(at: 4 + part) & 63
      minimum = block.byte(at: 8 + part) & 63
    } else {
      let shared = block.byte(at: 8 + part)
      scale = shared & 15 | (block.byte(at: part) >> 6) << 4
      minimum = shared >> 4 | (block.byte(at: 4 + part) >> 6) << 4
    }
    return (block.float16(at: 0) * Float(scale), block.float16(at: 2) * Float(minimum))
  }
}
