extension GGMLType {
  /// The elements of whole blocks as f32.
  /// - Precondition: `bytes` are whole blocks, `target` from `offset` on has room for their elements.
  package func dequantize(_ bytes: RawSpan, into target: inout MutableSpan<Float>, at offset: Int = 0) {
    precondition(bytes.byteCount % blockByteCount == 0, "the bytes end inside a block of \(name)")
    let count = bytes.byteCount / blockByteCount
    precondition(offset >= 0 && count * blockElementCount <= target.count - offset, "the target is too short")
    for block in 0..<count {
      let start = block * blockByteCount
      let block = bytes.extracting(start..<start + blockByteCount)
      dequantizeBlock(block, &target, at: offset + start / blockByteCount * blockElementCount)
    }
  }

  @inline(__always)
  private func dequantizeBlock(_ block: RawSpan, _ target: inout MutableSpan<Float>, at offset: Int) {
    switch self {
    case .float32: target[offset] = Float(bitPattern: block.unsigned32(at: 0))
    case .float16: target[offset] = block.float16(at: 0)
    case .bfloat16: target[offset] = Float(bitPattern: UInt32(block.unsigned16(at: 0)) << 16)
    case .q40: ScaledBlock.q40(block, &target, at: offset)
    case .q41: ScaledBlock.q41(block, &target, at: offset)
    case .q50: ScaledBlock.q50(block, &target, at: offset)
    case .q51: ScaledBlock.q51(block, &target, at: offset)
    case .q80: ScaledBlock.q80(block, &target, at: offset)
    case .q4K: SuperBlock.q4K(block, &target, at: offset)
    case .q5K: SuperBlock.q5K(block, &target, at: offset)
    case .q6K: SuperBlock.q6K(block, &target, at: offset)
    }
  }
}

extension RawSpan {
  func unsigned16(at offset: Int) -> UInt16 {
    UInt16(byte(at: offset)) | UInt16(byte(at: offset + 1)) << 8
  }

  func unsigned32(at offset: Int) -> UInt32 {
    UInt32(unsigned16(at: offset)) | UInt32(unsigned16(at: offset + 2)) << 16
  }

  /// - Precondition: `offset` is inside; nobody looks.
  @unsafe @inline(__always)
  func uncheckedByte(at offset: Int) -> UInt8 {
    unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  func float16(at offset: Int) -> Float { Float(Float16(bitPattern: unsigned16(at: offset))) }
}
