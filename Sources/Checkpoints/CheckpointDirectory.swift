internal import FoundationEssentials
package import JSON

/// A model on disk: which files belong to it, and what its configurations say. A directory in Hugging Face layout, a
/// GGUF file, or a directory whose only weights are one GGUF file.
///
/// Weights are checked when `CheckpointWeights` opens them. Nothing is ever unpickled or executed.
package struct CheckpointDirectory: Sendable {
  enum Weights: Sendable {
    case safetensors
    case gguf(GGUFCheckpoint)
  }

  /// As given: the directory, or the GGUF file.
  package let path: String
  /// The directory that the paths of `files` start from.
  package let root: String
  /// The files that make the model, sorted by name; everything else in the directory is left alone.
  package let files: [CheckpointFile]
  /// `config.json`, or what it would be for a GGUF file.
  package let configuration: JSONObject
  /// Where that stands: for messages.
  package let configurationPath: String
  /// `generation_config.json`.
  package let generationConfiguration: JSONObject?
  let weights: Weights

  package var isGGUF: Bool { if case .gguf = weights { true } else { false } }

  package static let configurationFileName = "config.json"
  package static let generationConfigurationFileName = "generation_config.json"

  package init(path: String) throws(CheckpointError) {
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw CheckpointError(path: path, .missingFile)
    }
    guard isDirectory else {
      try self.init(ggufFile: path)
      return
    }
    let names = try Self.list(path)
    if let name = try Self.onlyGGUF(names, path) {
      try self.init(directory: path, ggufName: name, names: names)
    } else {
      try self.init(directory: path, names: names)
    }
  }

  private init(directory path: String, names: Set<String>) throws(CheckpointError) {
    configurationPath = path + "/" + Self.configurationFileName
    guard names.contains(Self.configurationFileName) else {
      throw CheckpointError(path: configurationPath, .missingFile)
    }
    self.path = path
    root = path
    weights = .safetensors
    configuration = try readJSONObject(configurationPath)
    generationConfiguration = try Self.generationConfiguration(names, path)
    try Self.checkWeights(names, path)
    guard CheckpointFile.hasTokenizer(names) else { throw CheckpointError(path: path, .missingTokenizer) }
    var shards: Set<String> = []
    if names.contains(CheckpointWeights.indexFileName) {
      shards = Set(try ShardIndex(path: path + "/" + CheckpointWeights.indexFileName).fileNames)
    }
    files = try Self.files(names, path) { CheckpointFile.Role(fileName: $0, shards: shards) }
  }

  private init(directory path: String, ggufName: String, names: Set<String>) throws(CheckpointError) {
    let checkpoint = try GGUFCheckpoint(path: path + "/" + ggufName)
    self.path = path
    root = path
    weights = .gguf(checkpoint)
    configuration = checkpoint.configuration
    configurationPath = checkpoint.file.path
    generationConfiguration = try Self.generationConfiguration(names, path)
    // Half a set of tokenizer files is none.
    let hasTokenizer = CheckpointFile.hasTokenizer(names)
    files = try Self.files(names, path) { name in
      if name == ggufName { return .weights }
      if name == Self.configurationFileName { return nil }
      let role = CheckpointFile.Role(fileName: name, shards: [])
      return role == .tokenizer && !hasTokenizer ? nil : role
    }
    if !hasTokenizer { try Self.checkVocabulary(checkpoint) }
  }

  private init(ggufFile path: String) throws(CheckpointError) {
    if Self.isPickle(path) { throw CheckpointError(path: path, .pickledWeights) }
    let checkpoint = try GGUFCheckpoint(path: path)
    let end = path.lastIndex(of: "/")
    self.path = path
    root = end.map { String(path[..<$0]) } ?? "."
    weights = .gguf(checkpoint)
    configuration = checkpoint.configuration
    configurationPath = path
    generationConfiguration = nil
    let name = String(path[(end.map { path.index(after: $0) } ?? path.startIndex)...])
    files = [CheckpointFile(path: name, byteCount: checkpoint.file.byteCount, role: .weights)]
    try Self.checkVocabulary(checkpoint)
  }
}

extension CheckpointDirectory {
  /// The metadata of the GGUF file at `path` or alone in that directory, which hold a vocabulary; nil where tokenizer
  /// files are beside it: those are more exact. Weights need not be there.
  package static func embeddedVocabulary(at path: String) throws(CheckpointError) -> GGUFMetadata? {
    var isDirectory = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    guard exists, isDirectory else { return try GGUFFile(path: path).metadata }
    let names = try list(path)
    guard !CheckpointFile.hasTokenizer(names), let name = try onlyGGUF(names, path) else { return nil }
    return try GGUFFile(path: path + "/" + name).metadata
  }

  private static func list(_ path: String) throws(CheckpointError) -> Set<String> {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      let poolings = names.filter { $0.hasSuffix(CheckpointFile.poolingFolderSuffix) }.map { $0 + "/config.json" }
      return Set(names + poolings.filter { FileManager.default.fileExists(atPath: path + "/" + $0) })
    } catch {
      throw CheckpointError(path: path, .cannotRead(errno: 13))
    }
  }

  private static func files(
    _ names: Set<String>,
    _ path: String,
    _ role: (String) -> CheckpointFile.Role?
  ) throws(CheckpointError) -> [CheckpointFile] {
    var files: [CheckpointFile] = []
    for name in names.sorted() {
      guard let role = role(name) else { continue }
      files.append(CheckpointFile(path: name, byteCount: try MappedFile(path: path + "/" + name).byteCount, role: role))
    }
    return files
  }

  private static func generationConfiguration(
    _ names: Set<String>,
    _ path: String
  ) throws(CheckpointError) -> JSONObject? {
    guard names.contains(generationConfigurationFileName) else { return nil }
    return try readJSONObject(path + "/" + generationConfigurationFileName)
  }

  /// nil where safetensors are, which come first, or no GGUF file is.
  private static func onlyGGUF(_ names: Set<String>, _ path: String) throws(CheckpointError) -> String? {
    if hasSafetensors(names) { return nil }
    let candidates = names.filter { $0.hasSuffix(GGUFFile.fileNameSuffix) && !$0.hasPrefix(".") }
    guard candidates.count <= 1 else { throw CheckpointError(path: path, .severalGGUF(count: candidates.count)) }
    return candidates.first
  }

  private static func hasSafetensors(_ names: Set<String>) -> Bool {
    names.contains(CheckpointWeights.singleFileName) || names.contains(CheckpointWeights.indexFileName)
  }

  /// Safetensors must be there; pickles instead of them are named as what they are.
  private static func checkWeights(_ names: Set<String>, _ path: String) throws(CheckpointError) {
    if hasSafetensors(names) { return }
    if let pickle = names.sorted().first(where: isPickle) {
      throw CheckpointError(path: path + "/" + pickle, .pickledWeights)
    }
    throw CheckpointError(path: path, .missingWeights)
  }

  private static func checkVocabulary(_ checkpoint: GGUFCheckpoint) throws(CheckpointError) {
    guard checkpoint.file.metadata["tokenizer.ggml.tokens"] != nil else {
      throw CheckpointError(path: checkpoint.file.path, .missingTokenizer)
    }
  }

  static func isPickle(_ name: String) -> Bool {
    [".bin", ".pt", ".pth", ".ckpt", ".pkl"].contains { name.hasSuffix($0) }
  }
}
