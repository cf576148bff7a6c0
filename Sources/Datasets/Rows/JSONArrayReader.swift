import JSON

/// The objects of one JSON array. Each is cut out by its brackets and parsed by itself, so the array may be of any size.
struct JSONArrayReader {
  private enum State {
    case beforeArray, beforeElement, afterElement, finished
  }

  private var feed: ByteFeed
  private let limits: RowLimits
  private var state = State.beforeArray

  init(_ feed: ByteFeed, _ limits: RowLimits) {
    self.feed = feed
    self.limits = limits
  }

  var name: String { feed.name }

  mutating func next() throws(DatasetError) -> (JSONObject, line: Int)? {
    while state != .finished {
      let byte = try feed.skipWhitespace()
      switch (state, byte) {
      case (.beforeArray, UInt8(ascii: "[")):
        _ = try feed.next()
        state = try feed.skipWhitespace() == UInt8(ascii: "]") ? .afterElement : .beforeElement
      case (.beforeElement, UInt8(ascii: "{")):
        state = .afterElement
        return try element()
      case (.afterElement, UInt8(ascii: ",")):
        _ = try feed.next()
        state = .beforeElement
      case (.afterElement, UInt8(ascii: "]")):
        _ = try feed.next()
        guard try feed.skipWhitespace() == nil else { throw malformed("something follows the array; remove it") }
        state = .finished
      default: throw unexpected
      }
    }
    return nil
  }

  private var unexpected: DatasetError {
    switch state {
    case .beforeArray: malformed("the file does not begin with a JSON array; for one object a line use .jsonl")
    case .beforeElement: malformed("each element of the array must be an object; correct the element")
    case .afterElement, .finished: malformed("a comma or the end of the array is missing; correct the file")
    }
  }

  private mutating func element() throws(DatasetError) -> (JSONObject, line: Int) {
    let start = FilePlace(name: name, line: feed.line, column: feed.column + 1)
    var bytes: [UInt8] = []
    var brackets = JSONBrackets()
    repeat {
      guard let byte = try feed.next() else {
        throw .malformed(start, problem: "the object that begins here does not end; the file may be cut short")
      }
      bytes.append(byte)
      guard bytes.count <= limits.rowBytes else {
        throw .tooLarge(start, what: "a row with more bytes", limit: limits.rowBytes)
      }
      brackets.pass(byte)
    } while brackets.depth > 0
    return (try JSONRow.parse(bytes, name: name, line: start.line, column: start.column ?? 1), start.line)
  }

  private func malformed(_ problem: String) -> DatasetError { feed.malformed(problem, column: feed.column + 1) }
}

/// How many brackets are open; those in strings do not count.
private struct JSONBrackets {
  private(set) var depth = 0
  private var isInString = false
  private var isEscaped = false

  mutating func pass(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
      return
    }
    switch byte {
    case UInt8(ascii: "\\"): isEscaped = isInString
    case UInt8(ascii: "\""): isInString.toggle()
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += isInString ? 0 : 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= isInString ? 0 : 1
    default: break
    }
  }
}
