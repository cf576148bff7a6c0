/// The types of one or two scales for 32 elements: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 (llama.cpp, ggml-quants).
///
/// Every product and sum is rounded to f32 in the order of the reference, so the values are its bits. Block and target
/// are large enough: `GGMLType.dequantize` has looked.
enum ScaledBlock {
  private static let elementCount = 32
  private static let half = 16

  /// Scale, 32 signed bytes.
  static func q80(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    let scale = block.float16(at: 0)
    for index in 0..<elementCount {
      let value = Int8(bitPattern: unsafe block.uncheckedByte(at: 2 &+ index))
      unsafe target[unchecked: offset &+ index] = Float(value) * scale
    }
  }

  /// Scale, 32 nibbles less 8; the low ones are the first half.
  static func q40(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    let scale = block.float16(at: 0)
    for index in 0..<half {
      let byte = unsafe block.uncheckedByte(at: 2 &+ index)
      unsafe target[unchecked: offset &+ index] = scale * Float(Int32(byte & 15) &- 8)
      unsafe target[unchecked: offset &+ half &+ index] = scale * Float(Int32(byte &>> 4) &- 8)
    }
  }

  /// Scale, minimum, 32 nibbles.
  static func q41(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    let scale = block.float16(at: 0), minimum = block.float16(at: 2)
    for index in 0..<half {
      let byte = unsafe block.uncheckedByte(at: 4 &+ index)
      unsafe target[unchecked: offset &+ index] = scale * Float(byte & 15) + minimum
      unsafe target[unchecked: offset &+ half &+ index] = scale * Float(byte &>> 4) + minimum
    }
  }

  /// Scale, 32 fifth bits, 32 nibbles; less 16.
  static func q50(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    let scale = block.float16(at: 0)
    let high = block.unsigned32(at: 2)
    for index in 0..<half {
      let (low, upper) = fiveBits(unsafe block.uncheckedByte(at: 6 &+ index), high, index)
      unsafe target[unchecked: offset &+ index] = scale * Float(low &- 16)
      unsafe target[unchecked: offset &+ half &+ index] = scale * Float(upper &- 16)
    }
  }

  /// Scale, minimum, 32 fifth bits, 32 nibbles.
  static func q51(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    let scale = block.float16(at: 0), minimum = block.float16(at: 2)
    let high = block.unsigned32(at: 4)
    for index in 0..<half {
      let (low, upper) = fiveBits(unsafe block.uncheckedByte(at: 8 &+ index), high, index)
      unsafe target[unchecked: offset &+ index] = scale * Float(low) + minimum
      unsafe target[unchecked: offset &+ half &+ index] = scale * Float(upper) + minimum
    }
  }

  /// Elements `index` and `index + 16`: the nibbles of one byte under their fifth bits.
  @inline(__always)
  private static func fiveBits(_ byte: UInt8, _ high: UInt32, _ index: Int) -> (Int32, Int32) {
    let bits = high &>> UInt32(truncatingIfNeeded: index)
    return (Int32(byte & 15) | Int32(bits & 1) &<< 4, Int32(byte &>> 4) | Int32((bits &>> 16) & 1) &<< 4)
  }
}
