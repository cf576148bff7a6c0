package import JSON
import Postgres
package import Registry

/// What the database knows of a checkpoint.
package struct CheckpointManifest: Sendable, Hashable {
  package struct File: Sendable, Hashable {
    /// Inside the checkpoint.
    package let path: String
    package let blob: BlobID
    /// Bytes.
    package let size: Int

    package init(path: String, blob: BlobID, size: Int) {
      self.path = path
      self.blob = blob
      self.size = size
    }
  }

  package let step: Int
  package let attempt: Int
  package let kernelLevel: String
  package let metric: Double?
  package let detail: JSONValue
  package let files: [File]

  init(_ row: PostgresRow) throws(PostgresError) {
    step = try row.decode("step")
    attempt = Int(try row.decode("stored_by", as: Int32.self))
    kernelLevel = try row.decode("kernel_level")
    metric = try row.decode("metric")
    detail = try row.decode("detail")
    var files: [File] = []
    for file in try row.decode("files", as: JSONValue.self).array ?? [] { files.append(try File(file)) }
    self.files = files
  }
}

extension CheckpointManifest.File {
  init(_ json: JSONValue) throws(PostgresError) {
    guard let path = json["path"]?.string, let blob = json["sha256"]?.string.flatMap(BlobID.init(hex:)),
      let size = json["size"]?.integer, size >= 0
    else { throw .decoding(column: "files", expected: "CheckpointManifest.File", actual: nil) }
    self.init(path: path, blob: blob, size: size)
  }

  var json: JSONValue {
    ["path": .string(path), "sha256": .string(blob.description), "size": JSONValue(size)]
  }
}
