package import JSON

/// What the registry knows of one version of a model or an adapter.
package struct ModelManifest: Sendable, Hashable {
  package struct File: Sendable, Hashable {
    /// Relative to the model's directory.
    package let path: String
    package let blob: BlobID
    /// Bytes.
    package let size: Int
  }

  package let name: String
  package let version: Int
  /// `name@version` of the model that an adapter belongs to; nil for a model of its own.
  package let base: String?
  /// Of an adapter: its base's.
  package let contextLength: Int?
  /// What jobs are computed with that name none, as `quern.model` has it: f32, bf16, q8 or q4.
  package let precision: String
  package let files: [File]
  /// The role that it belongs to.
  package let owner: String
  package let visibility: ModelVisibility
  /// What a fine-tuned model or adapter was made from.
  package let lineage: JSONObject?
  package let json: JSONValue

  /// `name@version`.
  package var reference: String { "\(name)@\(version)" }

  init(_ json: JSONValue) throws(RegistryError) {
    guard let name = json["name"]?.string, let version = json["version"]?.integer, let files = json["files"]?.array,
      let precision = json["precision"]?.string, let owner = json["owner"]?.string,
      let visibility = json["visibility"]?.string.flatMap(ModelVisibility.init(rawValue:))
    else {
      throw .malformedManifest(
        model: json["name"]?.string ?? "a model",
        reason: "name, version, owner, visibility, precision or files are missing"
      )
    }
    self.name = name
    self.version = version
    self.precision = precision
    self.owner = owner
    self.visibility = visibility
    self.json = json
    base = json["base"]?.string
    lineage = json["lineage"]?.object
    contextLength = json["context_length"]?.integer
    var parsed: [File] = []
    for file in files { parsed.append(try Self.file(file, of: name)) }
    self.files = parsed
  }

  /// Paths come from the database: none may lead out of the directory that they are written to.
  private static func file(_ json: JSONValue, of model: String) throws(RegistryError) -> File {
    guard let path = json["path"]?.string, let blob = json["sha256"]?.string.flatMap(BlobID.init(hex:)),
      let size = json["size"]?.integer
    else { throw .malformedManifest(model: model, reason: "a file without path, sha256 or size") }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw .malformedManifest(model: model, reason: "the path of a file leaves the model's directory")
    }
    return File(path: path, blob: blob, size: size)
  }
}

extension ModelManifest {
  /// One name for the bytes of all files: what an adapter was trained on.
  package var weightsDigest: String {
    BlobID.combining(files.sorted { $0.path < $1.path }.map { "\($0.path) \($0.blob)" }).description
  }
}
