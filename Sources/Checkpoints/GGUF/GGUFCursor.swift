/// Reads the little-endian fields of a GGUF file one after the other; every length is checked before it is believed.
struct GGUFCursor {
  let file: MappedFile
  private(set) var offset = 0

  /// Deeper than any file in the wild, shallow enough for any stack.
  private static let maximumDepth = 8
  static let maximumKeyByteCount = 65_535
  /// For everything before the data: the largest vocabularies have some ten megabytes.
  static let maximumByteCount = 128 << 20

  init(file: MappedFile) {
    self.file = file
  }

  var path: String { file.path }
  private var remaining: Int { min(file.byteCount, Self.maximumByteCount) - offset }

  mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type,
    of what: String
  ) throws(CheckpointError) -> Value {
    let bytes = try take(MemoryLayout<Value>.size, of: what)
    return file.withBytes(bytes) { bytes in
      Value(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: Value.self))
    }
  }

  /// A count of things that take `minimumByteCount` bytes each at least: more than the file can hold is refused.
  mutating func count(minimumByteCount: Int, of what: String) throws(CheckpointError) -> Int {
    let count = try integer(UInt64.self, of: what)
    guard count <= UInt64(remaining / minimumByteCount) else {
      throw beyond(.countBeyondFile(what: what, count: count, fileBytes: file.byteCount))
    }
    return Int(count)
  }

  /// 8 bytes length, UTF-8.
  mutating func string(limit: Int = .max, of what: String) throws(CheckpointError) -> String {
    let bytes = try byteString(limit: limit, of: what)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid(what, "is not UTF-8") }
    return text
  }

  /// Printable ASCII, so that no two names are the same to one reader and different to another.
  mutating func name(limit: Int, of what: String) throws(CheckpointError) -> String {
    let name = try string(limit: limit, of: what)
    guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw invalid(what, "is empty or not printable ASCII")
    }
    return name
  }

  mutating func value(of key: String) throws(CheckpointError) -> GGUFValue {
    switch try valueType(of: key) {
    case .bool: .bool(try bool(of: key))
    case .string: .string(try string(of: key))
    case .array: .array(try array(of: key, depth: 1))
    case .unsigned64: .unsigned(try integer(UInt64.self, of: key))
    case .float32: .number(try float32(of: key))
    case .float64: .number(try float64(of: key))
    case let type: .integer(try integer(type, of: key))
    }
  }

  func invalid(_ what: String, _ problem: String) -> CheckpointError {
    CheckpointError(path: path, .invalidGGUF(what: what, problem: problem))
  }

  private mutating func array(of key: String, depth: Int) throws(CheckpointError) -> GGUFArray {
    guard depth <= Self.maximumDepth else { throw invalid(key, "nests arrays deeper than \(Self.maximumDepth)") }
    let type = try valueType(of: key)
    let count = try count(minimumByteCount: type.minimumByteCount, of: key)
    switch type {
    case .bool: return .bools(try elements(count) { cursor throws(CheckpointError) in try cursor.bool(of: key) })
    case .string:
      return .strings(try elements(count) { cursor throws(CheckpointError) in try cursor.byteString(of: key) })
    case .array:
      return .arrays(
        try elements(count) { cursor throws(CheckpointError) in try cursor.array(of: key, depth: depth + 1) }
      )
    case .unsigned64:
      return .unsigned(
        try elements(count) { cursor throws(CheckpointError) in try cursor.integer(UInt64.self, of: key) }
      )
    case .float32:
      return .numbers(try elements(count) { cursor throws(CheckpointError) in try cursor.float32(of: key) })
    case .float64:
      return .numbers(try elements(count) { cursor throws(CheckpointError) in try cursor.float64(of: key) })
    default:
      return .integers(try elements(count) { cursor throws(CheckpointError) in try cursor.integer(type, of: key) })
    }
  }

  /// - Precondition: the file is long enough for `count` elements, or `read` throws in time.
  private mutating func elements<Element>(
    _ count: Int,
    _ read: (inout GGUFCursor) throws(CheckpointError) -> Element
  ) throws(CheckpointError) -> [Element] {
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try read(&self)) }
    return elements
  }

  private mutating func byteString(limit: Int = .max, of what: String) throws(CheckpointError) -> [UInt8] {
    let length = try count(minimumByteCount: 1, of: what)
    guard length <= limit else { throw invalid(what, "has \(length) bytes; the limit is \(limit)") }
    let bytes = try take(length, of: what)
    return file.withBytes(bytes) { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
  }

  private mutating func valueType(of key: String) throws(CheckpointError) -> GGUFValueType {
    let number = try integer(UInt32.self, of: key)
    guard let type = GGUFValueType(rawValue: number) else { throw invalid(key, "has the unknown type \(number)") }
    return type
  }

  private mutating func bool(of key: String) throws(CheckpointError) -> Bool {
    let byte = try integer(UInt8.self, of: key)
    guard byte <= 1 else { throw invalid(key, "is the byte \(byte), not a bool") }
    return byte == 1
  }

  private mutating func integer(_ type: GGUFValueType, of key: String) throws(CheckpointError) -> Int64 {
    switch type {
    case .unsigned8: Int64(try integer(UInt8.self, of: key))
    case .signed8: Int64(try integer(Int8.self, of: key))
    case .unsigned16: Int64(try integer(UInt16.self, of: key))
    case .signed16: Int64(try integer(Int16.self, of: key))
    case .unsigned32: Int64(try integer(UInt32.self, of: key))
    case .signed32: Int64(try integer(Int32.self, of: key))
    case .signed64: try integer(Int64.self, of: key)
    case .unsigned64, .float32, .float64, .bool, .string, .array:
      preconditionFailure("values of this type are read elsewhere")
    }
  }

  /// The double of the shortest decimal that gives the float: 1e-5 where a model's author wrote 1e-5.
  private mutating func float32(of key: String) throws(CheckpointError) -> Double {
    let value = Float(bitPattern: try integer(UInt32.self, of: key))
    return Double("\(value)") ?? Double(value)
  }

  private mutating func float64(of key: String) throws(CheckpointError) -> Double {
    Double(bitPattern: try integer(UInt64.self, of: key))
  }

  private mutating func take(_ count: Int, of what: String) throws(CheckpointError) -> Range<Int> {
    guard count <= remaining else {
      throw beyond(.endsInside(what: what, fileBytes: file.byteCount))
    }
    defer { offset += count }
    return offset..<offset + count
  }

  /// A file that goes on has too much before its data, another ends too early.
  private func beyond(_ reason: CheckpointError.Reason) -> CheckpointError {
    let isLonger = file.byteCount > Self.maximumByteCount
    return CheckpointError(path: path, isLonger ? .metadataTooLarge(limit: Self.maximumByteCount) : reason)
  }
}
