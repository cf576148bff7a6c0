import Checkpoints
import Testing

/// Each corruption is refused for its own reason, before anything of the data is read.
struct HostileSafetensorsTests {
  typealias Reason = CheckpointError.Reason

  struct Corruption: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let isExpected: @Sendable (Reason) -> Bool

    init(_ what: String, _ bytes: [UInt8], _ isExpected: @escaping @Sendable (Reason) -> Bool) {
      testDescription = what
      self.bytes = bytes
      self.isExpected = isExpected
    }

    init(_ what: String, _ bytes: [UInt8], _ reason: Reason) { self.init(what, bytes) { $0 == reason } }

    /// One tensor "a" whose entry is `entry`.
    init(_ what: String, entry: String, data: Int = 16, _ reason: Reason) {
      self.init(what, safetensors(#"{"a":\#(entry)}"#, dataByteCount: data), reason)
    }

    init(_ what: String, header: String, data: Int, _ reason: Reason) {
      self.init(what, safetensors(header, dataByteCount: data), reason)
    }
  }

  static let corruptions: [Corruption] = files + entries + layouts

  static let files: [Corruption] = [
    Corruption("an empty file", [], .truncatedHeader(fileBytes: 0)),
    Corruption("a file of seven bytes", Array(length(2).prefix(7)), .truncatedHeader(fileBytes: 7)),
    Corruption(
      "a header longer than the file",
      length(100) + Array("{}".utf8),
      .headerBeyondFile(headerBytes: 100, fileBytes: 10)
    ),
    Corruption(
      "a header beyond the format's limit",
      length(100_000_001) + Array("{}".utf8),
      .headerTooLarge(bytes: 100_000_001)
    ),
    Corruption(
      "a header length of 2⁶⁴ - 1",
      [UInt8](repeating: 255, count: 8) + Array("{}".utf8),
      .headerTooLarge(bytes: .max)
    ),
    Corruption("a header of no bytes", length(0), .headerDoesNotStartWithBrace),
    Corruption("a header that starts with a space", length(3) + Array(" {}".utf8), .headerDoesNotStartWithBrace),
    Corruption("a header that is an array", length(2) + Array("[]".utf8), .headerDoesNotStartWithBrace),
    Corruption("a header cut in a string", length(5) + Array(#"{"a":"#.utf8), isInvalidJSON),
    Corruption(
      "a header that is no UTF-8",
      length(8) + [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D],
      isInvalidJSON
    ),
    Corruption(
      "a tensor named twice",
      safetensors(
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        dataByteCount: 8
      ),
      isInvalidJSON
    ),
    Corruption(
      "a header nested without end",
      safetensors(#"{"a":"# + String(repeating: "[", count: 100_000), dataByteCount: 0),
      isInvalidJSON
    ),
    Corruption(
      "metadata that is a list",
      header: #"{"__metadata__":[]}"#,
      data: 0,
      .invalidEntry(tensor: "__metadata__", problem: "is not an object")
    ),
    Corruption(
      "metadata that holds a number",
      header: #"{"__metadata__":{"a":1}}"#,
      data: 0,
      .invalidEntry(tensor: "__metadata__", problem: "holds a value that is no string")
    ),
  ]

  static let entries: [Corruption] = [
    Corruption("an entry that is a number", entry: "1", invalid("is not an object")),
    Corruption("an entry without dtype", entry: #"{"shape":[4],"data_offsets":[0,16]}"#, invalid("has no dtype")),
    Corruption(
      "an unknown dtype",
      entry: #"{"dtype":"F31","shape":[4],"data_offsets":[0,16]}"#,
      .unknownDType(tensor: "a", dtype: "F31")
    ),
    Corruption(
      "an entry without shape",
      entry: #"{"dtype":"F32","data_offsets":[0,16]}"#,
      invalid("has no shape of whole numbers from 0")
    ),
    Corruption(
      "a negative dimension",
      entry: #"{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}"#,
      invalid("has no shape of whole numbers from 0")
    ),
    Corruption(
      "half a dimension",
      entry: #"{"dtype":"F32","shape":[4.5],"data_offsets":[0,16]}"#,
      invalid("has no shape of whole numbers from 0")
    ),
    Corruption(
      "seventeen dimensions",
      entry: #"{"dtype":"F32","shape":[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,16]}"#,
      invalid("has 17 dimensions")
    ),
    Corruption(
      "a shape that overflows",
      entry: #"{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}"#,
      .shapeOverflow(tensor: "a")
    ),
    Corruption(
      "a shape whose bytes overflow to the right size",
      entry: #"{"dtype":"F32","shape":[4611686018427387908],"data_offsets":[0,16]}"#,
      .shapeOverflow(tensor: "a")
    ),
    Corruption(
      "one offset",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[0]}"#,
      invalid("has no data_offsets of two ascending numbers")
    ),
    Corruption(
      "offsets that descend",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[16,0]}"#,
      invalid("has no data_offsets of two ascending numbers")
    ),
    Corruption(
      "a negative offset",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}"#,
      invalid("has no data_offsets of two ascending numbers")
    ),
    Corruption(
      "an offset beyond 64 bits",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[0,1e30]}"#,
      invalid("has no data_offsets of two ascending numbers")
    ),
    Corruption(
      "an unknown key",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[0,16],"code":"x"}"#,
      invalid("has the unknown key 'code'")
    ),
  ]

  static let layouts: [Corruption] = [
    Corruption(
      "data cut short",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#,
      data: 15,
      .offsetsBeyondData(tensor: "a", end: 16, dataBytes: 15)
    ),
    Corruption(
      "offsets beyond the data",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[16,32]}"#,
      .offsetsBeyondData(tensor: "a", end: 32, dataBytes: 16)
    ),
    Corruption(
      "fewer bytes than the shape needs",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[0,12]}"#,
      .sizeMismatch(tensor: "a", expectedBytes: 16, actualBytes: 12)
    ),
    Corruption(
      "more bytes than the shape needs",
      entry: #"{"dtype":"BF16","shape":[4],"data_offsets":[0,16]}"#,
      .sizeMismatch(tensor: "a", expectedBytes: 8, actualBytes: 16)
    ),
    Corruption(
      "bytes after the last tensor",
      entry: #"{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#,
      data: 17,
      .trailingBytes(count: 1)
    ),
    Corruption("data that no tensor indexes", header: "{}", data: 8, .trailingBytes(count: 8)),
    Corruption(
      "a hole at the start",
      entry: #"{"dtype":"F32","shape":[3],"data_offsets":[4,16]}"#,
      .hole(start: 0, end: 4)
    ),
    Corruption(
      "a hole between two tensors",
      header:
        #"{"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
      data: 12,
      .hole(start: 4, end: 8)
    ),
    Corruption(
      "two tensors that overlap",
      header:
        #"{"b":{"dtype":"U8","shape":[6],"data_offsets":[2,8]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
      data: 8,
      .overlap(tensor: "b", other: "a")
    ),
    Corruption(
      "two tensors on the same bytes",
      header:
        #"{"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
      data: 4
    ) { if case .overlap = $0 { true } else { false } },
  ]

  @Test(arguments: corruptions)
  func `a corrupt file is refused for its own reason`(corruption: Corruption) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("model.safetensors", corruption.bytes)
    let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
    if let error { #expect(corruption.isExpected(error.reason), "\(error)") }
  }

  @Test func `every cut of a good file is refused`() throws {
    let directory = try TemporaryDirectory()
    let good = safetensors(#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#, dataByteCount: 24)
    for count in 0..<good.count {
      let path = try directory.write("model.safetensors", Array(good.prefix(count)))
      #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
    }
  }

  @Test func `names that are the same text in other bytes are refused`() throws {
    let directory = try TemporaryDirectory()
    let header =
      #"{"\u00e9":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e\u0301":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#
    try directory.write("model.safetensors", safetensors(header, dataByteCount: 2))
    let error = #expect(throws: CheckpointError.self) { try CheckpointWeights(directory: directory.path) }
    #expect(error?.reason == .repeatedTensor("e\u{301}"))
  }

  private static func invalid(_ problem: String) -> Reason { .invalidEntry(tensor: "a", problem: problem) }

  private static let isInvalidJSON: @Sendable (Reason) -> Bool = { reason in
    if case .invalidJSON = reason { true } else { false }
  }
}

extension HostileSafetensorsTests.Corruption {
  fileprivate init(
    _ what: String,
    header: String,
    data: Int,
    _ isExpected: @escaping @Sendable (CheckpointError.Reason) -> Bool
  ) {
    self.init(what, safetensors(header, dataByteCount: data), isExpected)
  }
}
