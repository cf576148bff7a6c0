import FoundationEssentials
package import Privacy

/// Reads the files of a `FileSink`.
package struct FileReader: JournalReader {
  private let path: String

  package init(path: String) {
    self.path = path
  }

  package func eventIDs(
    above lastEventID: Int64,
    since: UInt64,
    of instance: Identifier
  ) throws(JournalError) -> Set<Int64> {
    var found: Set<Int64> = []
    for file in files() {
      let records = try Self.records(in: file, with: JournalField.eventIDName)
      let recent = records.lazy.filter { $0.realtime >= since && $0.isOf(instance) }
      found.formUnion(recent.compactMap(\.eventID).filter { $0 > lastEventID })
      // The files before this one are older still.
      if let first = records.first, first.realtime < since { break }
    }
    return found
  }

  package func records(
    ofJob job: Int64,
    of instance: Identifier?,
    after cursor: String?
  ) throws(JournalError) -> [JournalRecord] {
    var records: [JournalRecord] = []
    for file in files() {
      let ofJob = try Self.records(in: file, with: "\"\(JournalField.jobIDName)\":\"\(job)\"")
        .filter { $0.isOf(instance) }
      if let position = ofJob.lastIndex(where: { $0.cursor == cursor }) {
        return ofJob[(position + 1)...] + records
      }
      records = ofJob + records
    }
    return records
  }

  /// Newest first.
  private func files() -> [String] {
    var files: [String] = []
    var candidate = path
    while FileManager.default.fileExists(atPath: candidate) {
      files.append(candidate)
      candidate = "\(path).\(files.count)"
    }
    return files
  }

  /// The entries of a file whose line holds `needle`; lines are parsed only then.
  private static func records(in file: String, with needle: String) throws(JournalError) -> [JournalRecord] {
    // Rotation may have moved the file since it was listed: its entries are in the next one.
    guard let data = FileManager.default.contents(atPath: file) else { return [] }
    return data.split(separator: UInt8(ascii: "\n")).compactMap { line in
      holds(line, needle) ? JournalRecord(line: line) : nil
    }
  }

  private static func holds(_ line: Data, _ needle: String) -> Bool {
    let needle = Array(needle.utf8)
    guard line.count >= needle.count else { return false }
    return unsafe line.withUnsafeBytes { bytes in
      (0...bytes.count - needle.count).contains { start in
        unsafe bytes[start] == needle[0] && bytes[start..<start + needle.count].elementsEqual(needle)
      }
    }
  }
}
