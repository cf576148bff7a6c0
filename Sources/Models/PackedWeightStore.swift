internal import Checkpoints
internal import Foundation
internal import Tensors

/// A folder that keeps packed weights, so that the second load of a model converts and rounds nothing.
///
/// A cache and no more: its files can be deleted at any time, and one that does not fit or whose checksums are wrong is
/// written anew. Each is a safetensors file of raw panels (`ck_matrix`), named by what it was made from.
package struct PackedWeightStore: Sendable {
  package let directory: String
  /// What names the model's bytes; nil: paths, sizes and times of the checkpoint's files do.
  package let content: String?

  /// Grows whenever the layout of panels or the rounding of weights changes.
  static let version = "packed-1"

  package init(directory: String, content: String? = nil) {
    self.directory = directory
    self.content = content
  }

  /// What the packed weights of a checkpoint in a precision are made from, for comparison.
  func source(_ checkpoint: CheckedCheckpoint, _ precision: Precision, withHead: Bool) -> String {
    let model = content.map { [$0] } ?? Self.identity(checkpoint.files)
    let parts = [Self.version, precision.rawValue, withHead ? "head" : "no head"]
    return (parts + model + Self.identity(checkpoint.adapterFiles)).joined(separator: "\n")
  }

  /// The file for a source, whether or not it is there; it tells its source itself, so that a collision does no harm.
  func path(source: String) -> String {
    // FNV-1a
    let hash = source.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    return directory + "/" + String(hash, radix: 16) + ".safetensors"
  }

  private static func identity(_ files: [String]) -> [String] {
    files.map { file in
      let path = URL(filePath: file).resolvingSymlinksInPath().path
      // A file that has just gone makes the load itself fail.
      let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
      let time = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(path) \(attributes[.size] as? Int ?? 0) \(time)"
    }
  }
}
