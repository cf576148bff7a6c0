internal import JSON

/// The header of a safetensors file, read and checked.
struct SafetensorsHeader {
  static let lengthByteCount = 8
  /// The limit of the reference implementation.
  static let maximumByteCount = 100_000_000
  static let metadataKey = "__metadata__"

  let entries: [TensorEntry]
  let metadata: [String: String]

  init(file: MappedFile) throws(CheckpointError) {
    let path = file.path
    guard file.byteCount >= Self.lengthByteCount else {
      throw CheckpointError(path: path, .truncatedHeader(fileBytes: file.byteCount))
    }
    let length = file.withBytes(0..<Self.lengthByteCount) { bytes in
      (0..<Self.lengthByteCount).reduce(UInt64(0)) { $0 | UInt64(bytes.byte(at: $1)) << (8 * UInt64($1)) }
    }
    guard length <= Self.maximumByteCount else { throw CheckpointError(path: path, .headerTooLarge(bytes: length)) }
    let dataStart = Self.lengthByteCount + Int(length)
    guard dataStart <= file.byteCount else {
      throw CheckpointError(path: path, .headerBeyondFile(headerBytes: Int(length), fileBytes: file.byteCount))
    }
    let text = file.withBytes(Self.lengthByteCount..<dataStart) { bytes in
      bytes.byteOffsets.map { bytes.byte(at: $0) }
    }
    guard text.first == UInt8(ascii: "{") else { throw CheckpointError(path: path, .headerDoesNotStartWithBrace) }
    let object = try parse(text, path: path)
    metadata = try Self.metadata(object[Self.metadataKey], path: path)
    let reader = EntryReader(path: path, dataStart: dataStart, dataByteCount: file.byteCount - dataStart)
    var read: [TensorEntry] = []
    for (name, value) in object where name != Self.metadataKey { read.append(try reader.entry(name, value)) }
    read.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try reader.checkCoverage(read)
    entries = read
  }

  private static func metadata(_ value: JSONValue?, path: String) throws(CheckpointError) -> [String: String] {
    guard let value else { return [:] }
    guard let object = value.object else {
      throw CheckpointError(path: path, .invalidEntry(tensor: metadataKey, problem: "is not an object"))
    }
    var strings: [String: String] = [:]
    for (key, value) in object {
      guard let string = value.string else {
        throw CheckpointError(
          path: path,
          .invalidEntry(tensor: metadataKey, problem: "holds a value that is no string")
        )
      }
      strings[key] = string
    }
    return strings
  }
}

/// Parses a JSON object; anything else is refused.
func parse(_ text: [UInt8], path: String) throws(CheckpointError) -> JSONObject {
  let value: JSONValue
  do throws(JSONError) {
    value = try JSONValue(parsing: text)
  } catch {
    throw CheckpointError(path: path, .invalidJSON(error.description))
  }
  guard let object = value.object else {
    throw CheckpointError(path: path, .invalidJSON("an object is expected, this is \(value.typeName)"))
  }
  return object
}

extension RawSpan {
  func byte(at offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "byte \(offset) is outside \(byteCount)")
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
  }
}
