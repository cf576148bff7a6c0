/// A GGUF file (version 2 or 3, little-endian) over a mapping, validated completely before any tensor is read; the file
/// is taken as hostile.
///
/// The format: magic, version, counts, key-value pairs, the tensor table, padding to `general.alignment`, the data.
package struct GGUFFile: Sendable {
  package let metadata: GGUFMetadata
  /// In the order of the table.
  package let tensors: [GGUFTensor]
  let file: MappedFile

  package var path: String { file.path }
  package var byteCount: Int { file.byteCount }

  package static let fileNameSuffix = ".gguf"
  private static let defaultAlignment = 32
  private static let maximumAlignment = 1 << 20

  package init(path: String) throws(CheckpointError) {
    file = try MappedFile(path: path)
    var cursor = GGUFCursor(file: file)
    try Self.checkMagic(&cursor)
    let tensorCount = try cursor.count(minimumByteCount: GGUFTensorLine.minimumByteCount, of: "the number of tensors")
    // 8 key length, 1 key, 4 type, 1 value.
    let pairCount = try cursor.count(minimumByteCount: 14, of: "the number of metadata pairs")
    metadata = try GGUFMetadata(&cursor, count: pairCount)
    let alignment = try Self.alignment(metadata, path: path)
    var lines: [GGUFTensorLine] = []
    for _ in 0..<tensorCount { lines.append(try GGUFTensorLine(&cursor)) }
    try Self.checkNames(lines, path: path)
    let dataStart = (cursor.offset + alignment - 1) / alignment * alignment
    let layout = GGUFLayout(path: path, dataStart: dataStart, fileByteCount: file.byteCount, alignment: alignment)
    tensors = try layout.tensors(lines)
    // What was read so far has been copied.
    file.release(0..<cursor.offset)
  }

  private static func checkMagic(_ cursor: inout GGUFCursor) throws(CheckpointError) {
    let magic = try cursor.integer(UInt32.self, of: "the magic number")
    // "GGUF" read as a little-endian number.
    guard magic == 0x4655_4747 else { throw CheckpointError(path: cursor.path, .notGGUF) }
    let version = try cursor.integer(UInt32.self, of: "the version")
    switch version {
    case 2, 3: return
    case let version where version != 0 && version & 0xFFFF == 0:
      throw CheckpointError(path: cursor.path, .bigEndianGGUF)
    default: throw CheckpointError(path: cursor.path, .unsupportedGGUFVersion(version))
    }
  }

  private static func alignment(_ metadata: GGUFMetadata, path: String) throws(CheckpointError) -> Int {
    let key = GGUFMetadata.alignmentKey
    guard let alignment = try metadata.integer(key) else { return defaultAlignment }
    guard alignment > 0, alignment <= maximumAlignment, alignment & (alignment - 1) == 0 else {
      throw CheckpointError(path: path, .invalidGGUF(what: key, problem: "is \(alignment), no power of two up to 2²⁰"))
    }
    return alignment
  }

  private static func checkNames(_ lines: [GGUFTensorLine], path: String) throws(CheckpointError) {
    var names: Set<String> = []
    for line in lines where !names.insert(line.name).inserted {
      throw CheckpointError(path: path, .invalidGGUF(what: line.name, problem: "is there twice"))
    }
  }
}

/// Where the tensors' bytes are: aligned, inside the file, apart from each other.
private struct GGUFLayout {
  let path: String
  let dataStart: Int
  let fileByteCount: Int
  let alignment: Int

  func tensors(_ lines: [GGUFTensorLine]) throws(CheckpointError) -> [GGUFTensor] {
    var tensors: [GGUFTensor] = []
    for line in lines { tensors.append(try tensor(line)) }
    var previous: GGUFTensor?
    for tensor in tensors.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      if let previous, tensor.range.lowerBound < previous.range.upperBound {
        throw CheckpointError(path: path, .overlap(tensor: tensor.name, other: previous.name))
      }
      previous = tensor
    }
    return tensors
  }

  private func tensor(_ line: GGUFTensorLine) throws(CheckpointError) -> GGUFTensor {
    let dataByteCount = max(0, fileByteCount - dataStart)
    guard line.offset % UInt64(alignment) == 0 else {
      let problem = "starts at byte \(line.offset) of the data, no multiple of \(alignment)"
      throw CheckpointError(path: path, .invalidGGUF(what: line.name, problem: problem))
    }
    guard line.byteCount <= dataByteCount, line.offset <= UInt64(dataByteCount - line.byteCount) else {
      let end = line.offset.addingReportingOverflow(UInt64(line.byteCount))
      let reason = CheckpointError.Reason.offsetsBeyondData(
        tensor: line.name,
        end: end.overflow ? .max : Int(clamping: end.partialValue),
        dataBytes: dataByteCount
      )
      throw CheckpointError(path: path, reason)
    }
    let start = dataStart + Int(line.offset)
    return GGUFTensor(name: line.name, type: line.type, shape: line.shape, range: start..<start + line.byteCount)
  }
}
