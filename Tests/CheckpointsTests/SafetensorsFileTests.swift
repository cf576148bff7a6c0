import Checkpoints
import Foundation
import Tensors
import Testing

struct SafetensorsFileTests {
  @Test func `what is written is read again`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.safetensors"
    let contents = [
      SafetensorsFile.Content(name: "wide", shape: [2, 3], values: [1, -2, 3.5, 0, 1e-30, .infinity]),
      SafetensorsFile.Content(name: "empty", shape: [0, 7], values: []),
      SafetensorsFile.Content(name: "scalar", dtype: .unsigned8, shape: [], bytes: [9]),
      SafetensorsFile.Content(name: "ödd \"name\"", dtype: .bfloat16, shape: [1], bytes: [0x80, 0x3F]),
    ]
    try SafetensorsFile.write(to: path, contents, metadata: ["format": "pt", "a": "b"])
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["format": "pt", "a": "b"])
    #expect(file.entries.map(\.name).sorted() == contents.map(\.name).sorted())
    for content in contents {
      let entry = try #require(file.entries.first { $0.name == content.name })
      #expect(entry.dtype == content.dtype && entry.shape == content.shape)
      #expect(file.withBytes(of: entry) { read($0) } == content.bytes)
    }
  }

  @Test func `the header is padded so that data starts at a multiple of eight`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.safetensors"
    for length in 1...9 {
      let name = String(repeating: "n", count: length)
      try SafetensorsFile.write(to: path, [.init(name: name, shape: [1], values: [2])])
      #expect(try SafetensorsFile(path: path).entries[0].range.lowerBound % 8 == 0)
    }
  }

  @Test func `data at an odd address converts`() throws {
    let directory = try TemporaryDirectory()
    let header =
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"#
    let data: [UInt8] = [7, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
    let path = try directory.write("a", length(header.utf8.count) + Array(header.utf8) + data)
    let file = try SafetensorsFile(path: path)
    let entry = file.entries[1]
    let values = file.withBytes(of: entry) { AlignedBuffer(converting: $0, of: .float32) }
    #expect(values[0] == 1 && values[1] == -2)
  }

  @Test func `halves and bfloats convert exactly`() {
    let halves: [(UInt16, Float)] = [
      (0x0000, 0), (0x8000, -0.0), (0x3C00, 1), (0xC000, -2), (0x7BFF, 65504), (0x0001, 0x1p-24),
      (0x83FF, -0x1.FF8p-15),
      (0x0400, 0x1p-14), (0x7C00, .infinity), (0xFC00, -.infinity),
    ]
    let bytes = halves.flatMap { [UInt8(truncatingIfNeeded: $0.0), UInt8($0.0 >> 8)] }
    let converted = AlignedBuffer(converting: bytes.span.bytes, of: .float16)
    for (index, half) in halves.enumerated() { #expect(converted[index].bitPattern == half.1.bitPattern) }
    let bfloats: [UInt8] = [0x80, 0x3F, 0x49, 0xC0, 0x01, 0x00]
    let floats = AlignedBuffer(converting: bfloats.span.bytes, of: .bfloat16)
    #expect(floats[0] == 1 && floats[1] == -3.140625 && floats[2].bitPattern == 0x0001_0000)
  }

  @Test func `missing files, directories and pipes are refused, links are followed`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    #expect(throws: CheckpointError(path: path + "/none", .missingFile)) { try SafetensorsFile(path: path + "/none") }
    #expect(throws: CheckpointError(path: path, .notARegularFile)) { try SafetensorsFile(path: path) }
    #expect(mkfifo(path + "/pipe", 0o600) == 0)
    #expect(throws: CheckpointError(path: path + "/pipe", .notARegularFile)) {
      try SafetensorsFile(path: path + "/pipe")
    }
    try SafetensorsFile.write(to: path + "/real", [.init(name: "a", shape: [1], values: [1])])
    try FileManager.default.createSymbolicLink(atPath: path + "/link", withDestinationPath: "real")
    #expect(try SafetensorsFile(path: path + "/link").entries.count == 1)
  }

  private func read(_ bytes: RawSpan) -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }
}
