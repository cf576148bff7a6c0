import Foundation
import Models
import SharedTestData
import Tensors
import Testing

@Suite(.needsSharedData)
struct PackedWeightTests {
  private static let checkpoint = SharedData.path + "/models/stories260K"

  @Test(arguments: Precision.allCases)
  func `weights that were stored give the bits of those that were packed`(precision: Precision) throws {
    let folder = try TemporaryFolder()
    let packed = try load(precision, folder), stored = try load(precision, folder), plain = try load(precision, nil)
    #expect(try folder.files.count == 1)
    let expected = logits(plain)
    #expect(logits(packed) == expected)
    #expect(logits(stored) == expected)
  }

  @Test func `each precision has a file of its own`() throws {
    let folder = try TemporaryFolder()
    for precision in Precision.allCases { _ = try load(precision, folder) }
    #expect(try folder.files.count == Precision.allCases.count)
  }

  @Test(arguments: [0.3, 0.6, 0.99])
  func `a stored file with a changed byte is not used, and written anew`(place: Double) throws {
    let folder = try TemporaryFolder()
    let expected = logits(try load(.int8, folder))
    let file = try #require(try folder.files.first)
    let original = try Data(contentsOf: file)
    var changed = original
    changed[Int(place * Double(changed.count))] ^= 0x10
    try changed.write(to: file)
    #expect(logits(try load(.int8, folder)) == expected)
    #expect(logits(try load(.int8, folder)) == expected)
    #expect(try Data(contentsOf: file) == original)
  }

  @Test(arguments: [0, 7, 4096, 100_000])
  func `a stored file that was cut off is not used`(byteCount: Int) throws {
    let folder = try TemporaryFolder()
    let expected = logits(try load(.int4, folder))
    let file = try #require(try folder.files.first)
    try Data(contentsOf: file).prefix(byteCount).write(to: file)
    #expect(logits(try load(.int4, folder)) == expected)
  }

  @Test func `a checkpoint that changed has other stored weights`() throws {
    let folder = try TemporaryFolder()
    let model = try TemporaryFolder(copyOf: Self.checkpoint)
    _ = try load(.int8, folder, from: model.url.path)
    let weights = model.url.appending(path: "model.safetensors")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1)],
      ofItemAtPath: weights.path
    )
    _ = try load(.int8, folder, from: model.url.path)
    #expect(try folder.files.count == 2)
  }

  @Test func `a folder that cannot be written to does no harm`() throws {
    let model = try CausalLanguageModel.load(
      directory: Self.checkpoint,
      precision: ModelPrecision(weights: .int8),
      packedWeights: PackedWeightStore(directory: "/proc/nothing"),
      pool: ThreadPool(threads: 1)
    )
    #expect(logits(model) == logits(try load(.int8, nil)))
  }

  private func load(
    _ precision: Precision,
    _ folder: TemporaryFolder?,
    from path: String = Self.checkpoint
  ) throws -> CausalLanguageModel {
    try CausalLanguageModel.load(
      directory: path,
      precision: ModelPrecision(weights: precision),
      packedWeights: folder.map { PackedWeightStore(directory: $0.url.path) },
      pool: ThreadPool(threads: 2)
    )
  }

  private func logits(_ model: CausalLanguageModel) -> [UInt32] {
    let workspace = model.makeWorkspace(maximumRows: 8, maximumSequences: 1, maximumLogitRows: 8)
    var batch = ForwardBatch()
    batch.append(tokens: [1, 403, 407, 261, 378, 9, 77, 500], startingAt: 0, blockTable: [0], logits: .all)
    model.forward(batch, cache: model.makeCache(blockCount: 1), workspace: workspace)
    return (0..<8).flatMap { row in
      workspace.withLogits(row: row) { logits in logits.indices.map { logits[$0].bitPattern } }
    }
  }
}

/// A folder that goes with its last reference.
private final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appending(path: "quern-packed-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

  init(copyOf path: String) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      // The bytes alone: the source may be read-only.
      try Data(contentsOf: URL(filePath: path + "/" + name)).write(to: url.appending(path: name))
    }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var files: [URL] {
    get throws { try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil) }
  }
}
