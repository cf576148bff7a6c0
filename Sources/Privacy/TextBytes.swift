/// The UTF-8 bytes that detectors look at, with zero outside of the text so that look-ahead needs no bounds checks.
///
/// - Invariant: used only inside the closure that lends the buffer.
@safe
struct TextBytes {
  private let buffer: UnsafeBufferPointer<UInt8>
  /// Whether the text ends with the buffer; a stream may still bring more.
  let isComplete: Bool

  init(_ buffer: UnsafeBufferPointer<UInt8>, isComplete: Bool) {
    unsafe self.buffer = unsafe buffer
    self.isComplete = isComplete
  }

  var count: Int { unsafe buffer.count }

  subscript(position: Int) -> UInt8 {
    @inline(__always) get {
      guard position >= 0, position < count else { return 0 }
      return unsafe buffer[position]
    }
  }

  /// The first position in `start ..< end` whose byte is in `set`, or `end`.
  @inline(__always)
  func firstPosition(of set: ByteSet, from start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= count, "a search stays inside the text")
    var position = start
    while position < end, unsafe !set.contains(buffer[position]) { position += 1 }
    return position
  }

  /// The end of the longest run of bytes of `set` from `start`, at most `limit` bytes long.
  func endOfRun(of set: ByteSet, from start: Int, limit: Int) -> Int {
    let end = start + limit
    var position = start
    while position < end, set.contains(self[position]) { position += 1 }
    return position
  }

  /// The start of the longest run of bytes of `set` that ends before `end`, at most `limit` bytes long.
  func startOfRun(of set: ByteSet, before end: Int, limit: Int) -> Int {
    let start = max(0, end - limit)
    var position = end
    while position > start, set.contains(self[position - 1]) { position -= 1 }
    return position
  }

  /// Whether `literal` (ASCII) stands at `position`.
  func hasBytes(_ literal: StaticString, at position: Int) -> Bool {
    guard position >= 0, position + literal.utf8CodeUnitCount <= count else { return false }
    for index in 0..<literal.utf8CodeUnitCount
    where unsafe buffer[position + index] != literal.utf8Start[index] {
      return false
    }
    return true
  }

  /// As `hasBytes`, the text in either case and `literal` in lower case.
  func hasLetters(_ literal: StaticString, at position: Int) -> Bool {
    guard position >= 0, position + literal.utf8CodeUnitCount <= count else { return false }
    for index in 0..<literal.utf8CodeUnitCount
    where unsafe asciiLowercased(buffer[position + index]) != literal.utf8Start[index] {
      return false
    }
    return true
  }

  /// Whether a number or token may start at `position`: no ASCII letter or digit stands before it, save the last
  /// of a JSON escape (`\n138…`, `\u5f20138…`).
  func startsWord(at position: Int) -> Bool {
    let previous = self[position - 1]
    if !ByteSet.alphanumeric.contains(previous) { return true }
    if ByteSet.simpleEscapes.contains(previous), self[position - 2] == UInt8(ascii: "\\") { return true }
    return isUnicodeEscape(at: position - 6)
  }

  /// Whether a number or token may end before `position`.
  func endsWord(at position: Int) -> Bool {
    !ByteSet.alphanumeric.contains(self[position])
  }

  /// Whether `\uXXXX` stands at `position`.
  func isUnicodeEscape(at position: Int) -> Bool {
    guard self[position] == UInt8(ascii: "\\"), self[position + 1] == UInt8(ascii: "u") else { return false }
    return (2..<6).allSatisfy { ByteSet.hexadecimal.contains(self[position + $0]) }
  }
}
