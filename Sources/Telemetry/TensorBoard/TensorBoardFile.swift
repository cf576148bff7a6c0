import Foundation

/// An event file of a run that grows: `events.out.tfevents.SECONDS.HOST.…`, which TensorBoard reads while it is written.
package final class TensorBoardFile {
  package let path: String
  private let file: FileHandle

  /// Begins a file in the directory, which is made if it is not there.
  /// - Parameters:
  ///   - startedAt: seconds since 1970; TensorBoard reads the files of a run in the order of their names.
  ///   - part: of several files that are begun in the same second.
  ///   - restartStep: values of this step and later ones, from earlier files, are void.
  package init(
    directory: String,
    host: String,
    startedAt: Double,
    part: Int = 0,
    restartStep: Int = 0
  ) throws(TensorBoardError) {
    let digits = String(repeating: "0", count: max(0, 4 - String(part).count)) + String(part)
    let name = "events.out.tfevents.\(Int64(startedAt)).\(host).\(ProcessInfo.processInfo.processIdentifier).\(digits)"
    path = directory + "/" + name
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: path), options: .withoutOverwriting)
      file = try FileHandle(forWritingTo: URL(filePath: path))
    } catch {
      throw TensorBoardError(path: path, reason: error.localizedDescription)
    }
    try append([
      TensorBoardEvent(wallTime: startedAt, step: restartStep, .fileVersion),
      TensorBoardEvent(wallTime: startedAt, step: restartStep, .restart),
    ])
  }

  deinit {
    // What was flushed is on the disk; nothing else is promised.
    try? file.close()
  }

  package func append(_ events: [TensorBoardEvent]) throws(TensorBoardError) {
    do { try file.write(contentsOf: Data(events.flatMap(\.record))) } catch {
      throw TensorBoardError(path: path, reason: error.localizedDescription)
    }
  }

  /// Returns once everything is on the disk.
  package func flush() throws(TensorBoardError) {
    do { try file.synchronize() } catch { throw TensorBoardError(path: path, reason: error.localizedDescription) }
  }
}

/// An event file that cannot be written.
package struct TensorBoardError: Error, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String {
    "cannot write the TensorBoard file \(path): \(reason); free space there, or name another directory"
  }
}
