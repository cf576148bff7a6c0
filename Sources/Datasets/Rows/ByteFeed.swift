import Foundation

/// Bytes that arrive piece by piece; it keeps count of lines and columns.
struct ByteFeed {
  private static let pieceByteCount = 1 << 18

  let name: String
  /// The line of the next byte, from 1.
  private(set) var line = 1
  /// Scalars of this line that are read; `nextLine` leaves it at 0.
  private(set) var column = 0
  private let nextPiece: () throws(DatasetError) -> [UInt8]?
  private var piece: [UInt8] = []
  private var position = 0

  init(name: String, nextPiece: @escaping () throws(DatasetError) -> [UInt8]?) {
    self.name = name
    self.nextPiece = nextPiece
  }

  init(name: String, bytes: [UInt8]) {
    self.init(name: name) { nil }
    piece = bytes
  }

  init(path: String) throws(DatasetError) {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw .unreadable(path: path, reason: "it does not exist or may not be read")
    }
    self.init(name: path) { () throws(DatasetError) in
      do {
        guard let data = try file.read(upToCount: Self.pieceByteCount), !data.isEmpty else { return nil }
        return Array(data)
      } catch {
        throw .unreadable(path: path, reason: error.localizedDescription)
      }
    }
  }

  mutating func peek() throws(DatasetError) -> UInt8? {
    while position == piece.count {
      guard let next = try nextPiece() else { return nil }
      piece = next
      position = 0
    }
    return piece[position]
  }

  mutating func next() throws(DatasetError) -> UInt8? {
    guard let byte = try peek() else { return nil }
    position += 1
    if byte == 0x0a {
      line += 1
      column = 0
    } else if byte & 0xc0 != 0x80 {
      column += 1
    }
    return byte
  }

  /// The first byte after white space, which is skipped.
  mutating func skipWhitespace() throws(DatasetError) -> UInt8? {
    while let byte = try peek() {
      guard [0x20, 0x09, 0x0a, 0x0d].contains(byte) else { return byte }
      _ = try next()
    }
    return nil
  }

  /// Spreadsheets put one before UTF-8.
  mutating func skipByteOrderMark() throws(DatasetError) {
    guard try peek() == 0xef else { return }
    for expected: UInt8 in [0xef, 0xbb, 0xbf] {
      guard try next() == expected else { throw malformed("bytes that are not UTF-8; save the file as UTF-8") }
    }
    column = 0
  }

  /// The bytes up to the next line feed, without it and without a carriage return before it; nil at the end.
  mutating func nextLine(byteLimit: Int) throws(DatasetError) -> [UInt8]? {
    guard try peek() != nil else { return nil }
    let place = FilePlace(name: name, line: line)
    var bytes: [UInt8] = []
    while try peek() != nil {
      let rest = piece[position...]
      let end = rest.firstIndex(of: 0x0a)
      bytes += rest[..<(end ?? piece.count)]
      guard bytes.count <= byteLimit else { throw .tooLarge(place, what: "a row with more bytes", limit: byteLimit) }
      position = end.map { $0 + 1 } ?? piece.count
      if end != nil {
        line += 1
        break
      }
    }
    if bytes.last == 0x0d { bytes.removeLast() }
    return bytes
  }

  func malformed(_ problem: String, column: Int? = nil) -> DatasetError {
    .malformed(FilePlace(name: name, line: line, column: column), problem: problem)
  }
}
