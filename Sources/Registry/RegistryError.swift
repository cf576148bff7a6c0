/// What can be wrong with blobs and models on their way into the database and out of it.
package enum RegistryError: Error, Hashable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  /// The database has not all chunks, or their bytes are not what the name says.
  case damagedBlob(BlobID, reason: String)
  /// The manifest of a model does not have the form that this version knows.
  case malformedManifest(model: String, reason: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason):
      "cannot write \(path): \(reason); free space there or choose another --cache"
    case .damagedBlob(let id, let reason):
      "blob \(id) is damaged in the database: \(reason); store what it belongs to again"
    case .malformedManifest(let model, let reason):
      "the manifest of \(model) is not understood: \(reason); is the database newer than this program?"
    }
  }
}
