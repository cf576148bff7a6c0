import ArgumentParser
import Foundation
import Privacy
import Telemetry

/// What `--journal` may say.
enum JournalChoice: ExpressibleByArgument {
  case auto
  case journald
  case file(String)

  init?(argument: String) {
    switch argument {
    case "": return nil
    case "auto": self = .auto
    case "journald": self = .journald
    default: self = .file(argument)
    }
  }

  /// - Parameter file: what `auto` takes where no journald listens.
  func open(file: String) throws -> (any JournalSink, any JournalReader) {
    switch self {
    case .auto where JournaldSink.isAvailable, .journald:
      return (JournaldSink(identifier: "quern-monitor"), JournaldReader(identifier: "quern-monitor"))
    case .auto: return try JournalChoice.file(file).open(file: file)
    case .file(let path):
      let folder = URL(filePath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return (try FileSink(path: path, identifier: "quern-monitor"), FileReader(path: path))
    }
  }
}
