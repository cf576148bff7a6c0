import Foundation

/// Lines of standard input without their line feeds, a chunk at a time, so that a filter answers what it was given.
struct InputLines {
  private var unfinished: [UInt8] = []
  private static let chunkByteCount = 1 << 16

  /// Calls `line` for each line, and `pause` whenever more input has to be waited for, and at the end.
  mutating func forEach(_ line: (ArraySlice<UInt8>) throws -> Void, pause: () -> Void) throws {
    while let chunk = try Self.readChunk() {
      try split(chunk, line)
      pause()
    }
    if !unfinished.isEmpty { try line(unfinished[...]) }
    pause()
  }

  private mutating func split(_ chunk: [UInt8], _ line: (ArraySlice<UInt8>) throws -> Void) rethrows {
    var rest = chunk[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if unfinished.isEmpty {
        try line(rest[..<end])
      } else {
        unfinished += rest[..<end]
        try line(unfinished[...])
        unfinished.removeAll(keepingCapacity: true)
      }
      rest = rest[(end + 1)...]
    }
    unfinished += rest
  }

  /// Whatever has arrived, at least one byte; nil at the end.
  static func readChunk() throws -> [UInt8]? {
    while true {
      var errorNumber: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: chunkByteCount) { buffer, count in
        let result = read(STDIN_FILENO, buffer.baseAddress, buffer.count)
        errorNumber = result < 0 ? errno : 0
        count = max(0, result)
      }
      if errorNumber == EINTR { continue }
      if errorNumber != 0 {
        throw CommandFailure("cannot read standard input: \(String(cString: strerror(errorNumber)))")
      }
      return bytes.isEmpty ? nil : bytes
    }
  }
}
