import Checkpoints
import Testing

/// Each corruption is refused for its own reason, before anything of the data is read.
struct HostileGGUFTests {
  typealias Reason = CheckpointError.Reason

  struct Corruption: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let reason: Reason

    init(_ what: String, _ reason: Reason, _ change: (inout GGUFBuilder) -> Void) {
      testDescription = what
      bytes = GGUFBuilder.file(change)
      self.reason = reason
    }

    /// A metadata pair "k" with this type and these bytes.
    init(_ what: String, value type: UInt32, _ bytes: [UInt8], _ problem: String) {
      self.init(what, .invalidGGUF(what: "k", problem: problem)) {
        $0.pairs = [GGUFBuilder.pair("k", type: type, bytes)]
      }
    }

    init(_ what: String, tensor problem: String, _ change: (inout GGUFBuilder.Tensor) -> Void) {
      self.init(what, .invalidGGUF(what: "a", problem: problem)) { change(&$0.tensors[0]) }
    }
  }

  static let corruptions: [Corruption] = files + metadata + tensors

  static let files: [Corruption] = [
    Corruption("another magic number", .notGGUF) { $0.magic = Array("GGML".utf8) },
    Corruption("version 1", .unsupportedGGUFVersion(1)) { $0.version = 1 },
    Corruption("version 4", .unsupportedGGUFVersion(4)) { $0.version = 4 },
    Corruption("a big-endian file", .bigEndianGGUF) { $0.version = 3 << 24 },
    Corruption(
      "more tensors than the file holds",
      .countBeyondFile(what: "the number of tensors", count: 1 << 40, fileBytes: 144)
    ) { $0.tensorCount = 1 << 40 },
    Corruption(
      "more pairs than the file holds",
      .countBeyondFile(what: "the number of metadata pairs", count: .max, fileBytes: 144)
    ) { $0.pairCount = .max },
  ]

  static let metadata: [Corruption] = [
    Corruption("an unknown type", value: 13, [], "has the unknown type 13"),
    Corruption("a bool of 2", value: 7, [2], "is the byte 2, not a bool"),
    Corruption("a string that is no UTF-8", value: 8, GGUFBuilder.bytes(UInt64(2)) + [0xFF, 0xFE], "is not UTF-8"),
    Corruption(
      "arrays in arrays without end",
      value: 9,
      (0..<20).flatMap { _ in GGUFBuilder.array(9, count: 1, []) },
      "nests arrays deeper than 8"
    ),
    Corruption("a string beyond the file", .countBeyondFile(what: "k", count: .max, fileBytes: 112)) {
      $0.pairs = [GGUFBuilder.pair("k", type: 8, GGUFBuilder.bytes(UInt64.max))]
    },
    Corruption("an array beyond the file", .countBeyondFile(what: "k", count: 1 << 62, fileBytes: 112)) {
      $0.pairs = [GGUFBuilder.pair("k", type: 9, GGUFBuilder.array(12, count: 1 << 62, []))]
    },
    Corruption("an array of strings that the file ends in", .countBeyondFile(what: "k", count: 20, fileBytes: 112)) {
      $0.pairs = [GGUFBuilder.pair("k", type: 9, GGUFBuilder.array(8, count: 20, []))]
    },
    Corruption("a key that is there twice", .invalidGGUF(what: "k", problem: "is there twice")) {
      $0.pairs = [GGUFBuilder.pair("k", unsigned32: 1), GGUFBuilder.pair("k", unsigned32: 1)]
    },
    Corruption(
      "an empty key",
      .invalidGGUF(what: "a metadata key", problem: "is empty or not printable ASCII")
    ) { $0.pairs = [GGUFBuilder.pair("", unsigned32: 1)] },
    Corruption(
      "a key with a line feed",
      .invalidGGUF(what: "a metadata key", problem: "is empty or not printable ASCII")
    ) { $0.pairs = [GGUFBuilder.pair("a\nb", unsigned32: 1)] },
    Corruption(
      "a key beyond 65 535 bytes",
      .invalidGGUF(what: "a metadata key", problem: "has 65536 bytes; the limit is 65535")
    ) { $0.pairs = [GGUFBuilder.pair(String(repeating: "k", count: 65536), unsigned32: 1)] },
    Corruption(
      "an alignment of 24",
      .invalidGGUF(what: "general.alignment", problem: "is 24, no power of two up to 2²⁰")
    ) { $0.pairs = [GGUFBuilder.pair("general.alignment", unsigned32: 24)] },
    Corruption(
      "an alignment of 0",
      .invalidGGUF(what: "general.alignment", problem: "is 0, no power of two up to 2²⁰")
    ) { $0.pairs = [GGUFBuilder.pair("general.alignment", unsigned32: 0)] },
    Corruption(
      "an alignment in words",
      .invalidGGUF(what: "general.alignment", problem: "is a string, not an integer")
    ) { $0.pairs = [GGUFBuilder.pair("general.alignment", string: "32")] },
  ]

  static let tensors: [Corruption] = [
    Corruption("five dimensions", tensor: "has 5 dimensions; the format allows 4") { $0.dimensions = [4, 1, 1, 1, 1] },
    Corruption("2³² - 1 dimensions", tensor: "has 4294967295 dimensions; the format allows 4") { $0.rank = .max },
    Corruption("a dimension of nothing", tensor: "has a dimension of 0") { $0.dimensions = [4, 0] },
    Corruption("a negative dimension", tensor: "has a dimension of 18446744073709551612") {
      $0.dimensions = [UInt64(bitPattern: -4)]
    },
    Corruption("a row of half a block", tensor: "has rows of 48 elements, no multiple of the 32 of Q8_0") {
      $0.dimensions = [48, 2]
      $0.type = 8
    },
    Corruption("an offset between two places", tensor: "starts at byte 8 of the data, no multiple of 32") {
      $0.offset = 8
    },
    Corruption("a shape that overflows", .shapeOverflow(tensor: "a")) {
      $0.tensors[0].dimensions = [1 << 32, 1 << 32]
    },
    Corruption("a shape whose bytes overflow to the right size", .shapeOverflow(tensor: "a")) {
      $0.tensors[0].dimensions = [(1 << 62) + 4]
    },
    Corruption("a type that no reader knows", .unsupportedGGMLType(tensor: "a", type: "number 99")) {
      $0.tensors[0].type = 99
    },
    Corruption("a type of another kind", .unsupportedGGMLType(tensor: "a", type: "IQ4_XS")) { $0.tensors[0].type = 23 },
    Corruption("data cut short", .offsetsBeyondData(tensor: "a", end: 16, dataBytes: 15)) { $0.dataByteCount = 15 },
    Corruption("an offset beyond the data", .offsetsBeyondData(tensor: "a", end: 48, dataBytes: 16)) {
      $0.tensors[0].offset = 32
    },
    Corruption("an offset near 2⁶⁴", .offsetsBeyondData(tensor: "a", end: .max, dataBytes: 16)) {
      $0.tensors[0].offset = UInt64(bitPattern: -32)
    },
    Corruption("two tensors on the same bytes", .overlap(tensor: "b", other: "a")) {
      $0.tensors.append(GGUFBuilder.Tensor(name: "b"))
    },
    Corruption("two tensors that overlap", .overlap(tensor: "b", other: "a")) {
      $0.tensors = [
        GGUFBuilder.Tensor(name: "a", dimensions: [16]), GGUFBuilder.Tensor(name: "b", dimensions: [4], offset: 32),
      ]
      $0.dataByteCount = 64
    },
    Corruption("a tensor named twice", .invalidGGUF(what: "a", problem: "is there twice")) {
      $0.tensors.append(GGUFBuilder.Tensor(offset: 32))
    },
    Corruption(
      "a name of 256 bytes",
      .invalidGGUF(what: "a tensor name", problem: "has 256 bytes; the limit is 255")
    ) { $0.tensors[0].name = String(repeating: "n", count: 256) },
  ]

  @Test(arguments: corruptions)
  func `a corrupt file is refused for its own reason`(corruption: Corruption) throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("model.gguf", corruption.bytes)
    let error = #expect(throws: CheckpointError.self) { try GGUFFile(path: path) }
    #expect(error?.reason == corruption.reason)
  }

  @Test func `every cut of a good file is refused`() throws {
    let directory = try TemporaryDirectory()
    let good = GGUFBuilder.file()
    for count in 0..<good.count {
      let path = try directory.write("model.gguf", Array(good.prefix(count)))
      #expect(throws: CheckpointError.self) { try GGUFFile(path: path) }
    }
  }

  @Test func `every type of metadata is read`() throws {
    let directory = try TemporaryDirectory()
    func number(_ type: UInt32, _ bytes: [UInt8]) -> [UInt8] { GGUFBuilder.pair("t\(type)", type: type, bytes) }
    let nested = GGUFBuilder.array(
      9,
      count: 2,
      GGUFBuilder.array(7, count: 2, [0, 1]) + GGUFBuilder.array(7, count: 0, [])
    )
    let pairs = [
      number(0, [255]), number(1, [255]), number(2, GGUFBuilder.bytes(UInt16.max)),
      number(3, GGUFBuilder.bytes(Int16(-2))), number(4, GGUFBuilder.bytes(UInt32.max)),
      number(5, GGUFBuilder.bytes(Int32.min)), number(6, GGUFBuilder.bytes(Float(0.1).bitPattern)), number(7, [1]),
      number(8, GGUFBuilder.string("ö")), number(9, nested), number(10, GGUFBuilder.bytes(UInt64.max)),
      number(11, GGUFBuilder.bytes(Int64.min)), number(12, GGUFBuilder.bytes((0.1).bitPattern)),
      GGUFBuilder.pair("bytes", type: 9, GGUFBuilder.array(8, count: 1, GGUFBuilder.bytes(UInt64(1)) + [0xFF])),
    ]
    let file = try GGUFFile(path: try directory.write("a.gguf", GGUFBuilder.file { $0.pairs = pairs }))
    let expected: [GGUFValue] = [
      .integer(255), .integer(-1), .integer(65535), .integer(-2), .integer(4_294_967_295), .integer(-2_147_483_648),
      .number(0.1), .bool(true), .string("ö"), .array(.arrays([.bools([false, true]), .bools([])])), .unsigned(.max),
      .integer(.min), .number(0.1), .array(.strings([[0xFF]])),
    ]
    #expect(file.metadata.keys.map { file.metadata[$0] } == expected)
  }

  @Test func `version 2 and another alignment are read`() throws {
    let directory = try TemporaryDirectory()
    let bytes = GGUFBuilder.file { builder in
      builder.version = 2
      builder.alignment = 8
      builder.pairs = [GGUFBuilder.pair("general.alignment", unsigned32: 8)]
      builder.tensors = [.init(name: "b", dimensions: [2, 1], offset: 8), .init(name: "a", dimensions: [1], type: 30)]
    }
    let tensors = try GGUFFile(path: try directory.write("a.gguf", bytes)).tensors
    #expect(tensors.map(\.name) == ["b", "a"])
    #expect(tensors.map(\.shape) == [[1, 2], [1]])
    #expect(tensors[0].range.lowerBound - tensors[1].range.lowerBound == 8)
  }
}
