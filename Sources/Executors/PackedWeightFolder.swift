import Foundation
package import Models

/// A folder of packed weights that holds a number of files: the least recently used ones leave.
///
/// Of every model, precision and use there is one file, about as large as the weights in memory. One that a process still
/// reads stays readable for it when it leaves.
package struct PackedWeightFolder: Sendable {
  package let directory: String
  private let fileLimit: Int

  package init(directory: String, fileLimit: Int = 8) {
    self.directory = directory
    self.fileLimit = fileLimit
  }

  /// - Parameter content: what names the model's bytes; nil: paths, sizes and times of the checkpoint's files do.
  package func store(content: String? = nil) -> PackedWeightStore {
    PackedWeightStore(directory: directory, content: content)
  }

  /// Makes room after a load. Several processes may do so at once.
  package func trim() {
    // A folder that cannot be read has nothing to give; the next load tries again.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let files = names.filter { $0.contains(".safetensors") }.compactMap { name -> (path: String, lastUse: Date)? in
      let path = "\(directory)/\(name)"
      // One that another process has just removed.
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
      // A load marks the file that it uses.
      return (attributes[.modificationDate] as? Date).map { (path, $0) }
    }
    for file in files.sorted(by: { $0.lastUse > $1.lastUse }).dropFirst(fileLimit) { unlink(file.path) }
  }
}
