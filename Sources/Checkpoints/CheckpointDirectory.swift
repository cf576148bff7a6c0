internal import FoundationEssentials
package import JSON

/// A model in Hugging Face layout: which files belong to it, and what its configurations say.
///
/// Weights are checked when `CheckpointWeights` opens them. Nothing is ever unpickled or executed.
package struct CheckpointDirectory: Sendable {
  package let path: String
  /// The files that make the model, sorted by name; everything else in the directory is left alone.
  package let files: [CheckpointFile]
  /// `config.json`.
  package let configuration: JSONObject
  /// `generation_config.json`.
  package let generationConfiguration: JSONObject?

  package static let configurationFileName = "config.json"
  package static let generationConfigurationFileName = "generation_config.json"

  package init(path: String) throws(CheckpointError) {
    self.path = path
    let names = try Self.list(path)
    guard names.contains(Self.configurationFileName) else {
      throw CheckpointError(path: path + "/" + Self.configurationFileName, .missingFile)
    }
    configuration = try readJSONObject(path + "/" + Self.configurationFileName)
    generationConfiguration =
      names.contains(Self.generationConfigurationFileName)
      ? try readJSONObject(path + "/" + Self.generationConfigurationFileName) : nil
    try Self.checkWeights(names, path)
    guard CheckpointFile.hasTokenizer(names) else { throw CheckpointError(path: path, .missingTokenizer) }
    var shards: Set<String> = []
    if names.contains(CheckpointWeights.indexFileName) {
      shards = Set(try ShardIndex(path: path + "/" + CheckpointWeights.indexFileName).fileNames)
    }
    var files: [CheckpointFile] = []
    for name in names.sorted() {
      guard let role = CheckpointFile.Role(fileName: name, shards: shards) else { continue }
      files.append(CheckpointFile(path: name, byteCount: try MappedFile(path: path + "/" + name).byteCount, role: role))
    }
    self.files = files
  }

  private static func list(_ path: String) throws(CheckpointError) -> Set<String> {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw CheckpointError(path: path, .missingFile)
    }
    guard isDirectory else { throw CheckpointError(path: path, .invalidIndex("is a file, not a model directory")) }
    do {
      return Set(try FileManager.default.contentsOfDirectory(atPath: path))
    } catch {
      throw CheckpointError(path: path, .cannotRead(errno: 13))
    }
  }

  /// Safetensors must be there; pickles instead of them are named as what they are.
  private static func checkWeights(_ names: Set<String>, _ path: String) throws(CheckpointError) {
    if names.contains(CheckpointWeights.singleFileName) || names.contains(CheckpointWeights.indexFileName) { return }
    let pickle = names.sorted().first { name in
      [".bin", ".pt", ".pth", ".ckpt", ".pkl"].contains { name.hasSuffix($0) }
    }
    if let pickle { throw CheckpointError(path: path + "/" + pickle, .pickledWeights) }
    throw CheckpointError(path: path, .missingWeights)
  }
}
