internal import Foundation
internal import JSON

/// Writes a LoRA adapter in PEFT's layout: `adapter_config.json`, `adapter_model.safetensors` and `README.md`.
///
/// The configuration comes last: a directory that has one is whole.
package struct AdapterWriter {
  private let directory: String
  private let description: AdapterSettings
  private let writer: SafetensorsWriter

  /// - Parameter headerByteCount: room for the names, shapes and metadata of all tensors.
  package init(
    directory: String,
    _ description: AdapterSettings,
    headerByteCount: Int
  ) throws(CheckpointError) {
    self.directory = directory
    self.description = description
    try makeDirectory(directory)
    writer = try SafetensorsWriter(
      path: directory + "/" + AdapterCheckpoint.weightsFileName,
      headerByteCount: headerByteCount
    )
  }

  /// - Parameter name: `base_model.model.` and what PEFT calls the tensor.
  package func append(_ name: String, shape: [Int], _ bytes: RawSpan) throws(CheckpointError) {
    try writer.append(name, .float32, shape: shape, bytes)
  }

  package func finish(metadata: [String: String]) throws(CheckpointError) {
    try writer.finish(metadata: metadata.merging(["format": "pt"]) { given, _ in given })
    try writeText(readme, to: directory + "/README.md")
    try writeText(description.json.text + "\n", to: directory + "/" + AdapterConfiguration.fileName)
  }

  /// A model card: the front matter is what the hub and PEFT read.
  private var readme: String {
    let base = description.baseModel.map { "base_model: \(JSONValue.string($0).text)\n" } ?? ""
    return """
      ---
      \(base)library_name: peft
      pipeline_tag: text-generation
      tags:
      - lora
      ---

      A LoRA adapter of rank \(description.rank), in PEFT's layout.

      """
  }
}

/// Makes a directory and those above it.
package func makeDirectory(_ path: String) throws(CheckpointError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw CheckpointError(path: path, .cannotWrite(errno: 13))
  }
}

/// Writes a text file, whole or not at all.
package func writeText(_ text: String, to path: String) throws(CheckpointError) {
  do {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  } catch {
    throw CheckpointError(path: path, .cannotWrite(errno: 13))
  }
}
