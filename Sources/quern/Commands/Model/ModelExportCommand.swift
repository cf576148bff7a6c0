import ArgumentParser
import Foundation
import JSON
import Launch
import Models
import Registry

struct ModelExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the files of a model or an adapter into a new directory.",
    discussion: """
      An adapter comes out as PEFT reads it. With --merge it comes out in its base's weights, as a Hugging Face directory \
      whose every tensor was read back and compared.
      """
  )

  @Argument(help: "The model or adapter: name@version, or a name for its newest version; also base+adapter.")
  var name: String

  @Argument(help: ArgumentHelp("The directory; it must not exist yet.", valueName: "dir"))
  var directory: String

  @Flag(help: "Write an adapter's base with the adapter in its weights.")
  var merge = false

  @Flag(help: "Print {\"model\", \"directory\"}.")
  var json = false

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let destination = URL(filePath: directory).standardizedFileURL.path(percentEncoded: false)
    guard !FileManager.default.fileExists(atPath: destination) else {
      throw CommandFailure.usage("\(directory) exists already; name a directory that does not")
    }
    let reference = try await database.withClient { client in
      let registry = ModelRegistry(client)
      let manifest = try await registry.manifest(of: name)
      try await write(manifest, from: registry, to: destination)
      return manifest.reference
    }
    let line: JSONValue = ["model": .string(reference), "directory": .string(destination)]
    Console.writeLine(json ? line.text : "\(reference) is in \(directory)")
  }

  /// Whole or not at all: the files are collected beside the destination and get its name at the end.
  private func write(_ manifest: ModelManifest, from registry: ModelRegistry, to destination: String) async throws {
    let temporary = "\(destination).unfinished-\(getpid())"
    // What is left of an export that failed is of no use.
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    let cache = BlobCache(directory: temporary)
    let files = try await registry.directory(of: manifest, in: cache)
    if merge {
      guard let base = manifest.base else {
        throw CommandFailure.usage("\(manifest.reference) is no adapter; leave out --merge")
      }
      let model = try await registry.directory(of: try await registry.manifest(of: base), in: cache)
      let merged = "\(temporary)/merged"
      try withWords { try FileManager.default.createDirectory(atPath: merged, withIntermediateDirectories: true) }
      try MergedModel.write(base: model, adapter: files, to: merged)
      try withWords { try FileManager.default.moveItem(atPath: merged, toPath: destination) }
    } else {
      try withWords {
        for file in manifest.files {
          try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(files)/\(file.path)")
        }
        try FileManager.default.moveItem(atPath: files, toPath: destination)
      }
    }
  }

  private func withWords(_ work: () throws -> Void) throws {
    do { try work() } catch {
      throw CommandFailure("cannot write \(directory): \(error.localizedDescription)")
    }
  }
}
