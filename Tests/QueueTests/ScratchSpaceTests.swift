import Foundation
import Queue
import Testing

struct ScratchSpaceTests {
  private let parent = "/tmp/quern-test-space-\(UUID().uuidString)"

  @Test func `what a killed process left is deleted, and what a living one uses is not`() throws {
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let living = ScratchSpace(in: parent)
    let directory = try living.makeDirectory()
    // A process that is killed keeps no lock.
    let left = parent + "/quern-scratch-left"
    try FileManager.default.createDirectory(atPath: left + "/checkpoint", withIntermediateDirectories: true)
    try Data("moments".utf8).write(to: URL(filePath: left + "/checkpoint/optimizer.safetensors"))
    try Data("else".utf8).write(to: URL(filePath: parent + "/journal.jsonl"))
    let next = ScratchSpace(in: parent)
    #expect(next.removeLeftovers() == 1)
    #expect(!FileManager.default.fileExists(atPath: left))
    #expect(FileManager.default.fileExists(atPath: directory.path))
    #expect(FileManager.default.fileExists(atPath: parent + "/journal.jsonl"))
  }

  @Test func `directories are the user's alone, and nothing is left of a space`() throws {
    defer { try? FileManager.default.removeItem(atPath: parent) }
    let space = ScratchSpace(in: parent)
    #expect(!FileManager.default.fileExists(atPath: parent))
    let path = try { try space.makeDirectory().path }()
    #expect(!FileManager.default.fileExists(atPath: path))
    let directory = try space.makeDirectory()
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    space.remove()
    #expect(try FileManager.default.contentsOfDirectory(atPath: parent).isEmpty)
  }
}
