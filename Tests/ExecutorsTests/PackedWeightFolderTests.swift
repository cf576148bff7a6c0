import Executors
import Foundation
import Testing

struct PackedWeightFolderTests {
  private let directory = NSTemporaryDirectory() + "quern-packed-\(UUID().uuidString)"

  /// - Parameter age: seconds since its last use.
  private func write(_ name: String, age: Double) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    let attributes: [FileAttributeKey: Any] = [.modificationDate: Date(timeIntervalSinceNow: -age)]
    try FileManager.default.setAttributes(attributes, ofItemAtPath: "\(directory)/\(name)")
  }

  private func names() throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: directory)) }

  @Test func `the least recently used files leave, unfinished ones too, and nothing else`() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try write("old.safetensors", age: 30)
    try write("older.safetensors.part", age: 40)
    try write("new.safetensors", age: 10)
    try write("newer.safetensors", age: 5)
    try write("notes.txt", age: 90)
    PackedWeightFolder(directory: directory, fileLimit: 2).trim()
    #expect(try names() == ["new.safetensors", "newer.safetensors", "notes.txt"])
    PackedWeightFolder(directory: directory).trim()
    #expect(try names().count == 3)
  }

  @Test func `a folder that is not there needs no room`() {
    PackedWeightFolder(directory: directory).trim()
    #expect(!FileManager.default.fileExists(atPath: directory))
  }
}
