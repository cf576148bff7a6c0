internal import CKernels

/// The one owner of `count` floats that start at a multiple of 64 bytes, zero at first.
///
/// Large buffers are anonymous mappings: memory is committed when it is first written, in huge pages where the
/// kernel has them.
@safe package struct AlignedBuffer: ~Copyable {
  package let count: Int
  let base: UnsafeMutablePointer<Float>
  /// What the memory is a part of; nil: allocated.
  private let chunk: MappedChunk?

  private static let alignment = 64
  private static let mappingThreshold = 1 << 21

  package init(count: Int) {
    let byteCount = Self.byteCount(count)
    self.count = count
    if byteCount < Self.mappingThreshold {
      let raw = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: Self.alignment)
      unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      unsafe base = raw.bindMemory(to: Float.self, capacity: count)
      chunk = nil
    } else {
      let chunk = MappedChunk(byteCount: byteCount)
      unsafe base = chunk.base.bindMemory(to: Float.self, capacity: count)
      self.chunk = chunk
    }
  }

  /// A part of an arena's memory.
  package init(count: Int, arena: BufferArena) {
    let (chunk, offset) = arena.take(byteCount: Self.byteCount(count))
    self.count = count
    unsafe base = (chunk.base + offset).bindMemory(to: Float.self, capacity: count)
    self.chunk = chunk
  }

  private static func byteCount(_ count: Int) -> Int {
    precondition(count >= 0 && count <= Int.max / 8, "a buffer cannot hold \(count) floats")
    return max(count * MemoryLayout<Float>.stride, 1)
  }

  /// A copy of `values`.
  package init(_ values: Span<Float>) {
    self.init(count: values.count)
    for index in values.indices { unsafe base[index] = values[index] }
  }

  /// The elements of a checkpoint tensor at any alignment.
  package init(converting bytes: RawSpan, of type: ElementType) {
    self.init(count: bytes.byteCount / type.byteCount)
    _ = convert(bytes, of: type, at: 0)
  }

  /// Writes the elements of a checkpoint tensor at any alignment from `offset` on.
  /// - Returns: how many they are.
  package mutating func convert(_ bytes: RawSpan, of type: ElementType, at offset: Int) -> Int {
    let elements = bytes.byteCount / type.byteCount
    precondition(bytes.byteCount % type.byteCount == 0, "the bytes end inside an element")
    precondition(offset >= 0 && elements <= count - offset, "\(elements) elements at \(offset) are beyond \(count)")
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe ck_convert(type.code, start, elements, base + offset)
    }
    return elements
  }

  deinit {
    if chunk == nil { unsafe UnsafeMutableRawPointer(base).deallocate() }
  }

  package var span: Span<Float> {
    @_lifetime(borrow self)
    borrowing get { unsafe Span(_unsafeStart: base, count: count) }
  }

  package var mutableSpan: MutableSpan<Float> {
    @_lifetime(&self)
    mutating get { unsafe MutableSpan(_unsafeStart: base, count: count) }
  }

  /// The values of `range`, for owners whose storage a span cannot outlive.
  package func withSpan<Result, Failure: Error>(
    _ range: Range<Int>,
    _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(span.extracting(range))
  }

  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) is outside a buffer of \(count)")
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) is outside a buffer of \(count)")
      unsafe base[index] = newValue
    }
  }
}

/// The memory is reached only through the one owner: reading needs a borrow, writing an exclusive access.
extension AlignedBuffer: @unchecked Sendable {}
