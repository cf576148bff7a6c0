/// Redacts a stream of chunks as if it were one text: what may still become part of an entity is held back.
///
/// Fails closed: from the first bytes that are not UTF-8 on, only the placeholder comes out.
package struct RedactionStream {
  private let redactor: Redactor
  /// Input from `reach` bytes before the cut on.
  private var buffer: [UInt8] = []
  private var scan = CandidateScan()
  /// Bytes of the buffer that are out already; detectors still look back at them.
  private var cut = 0
  /// Bytes of the buffer known to be UTF-8.
  private var validCount = 0
  package private(set) var entityCounts: [EntityType: Int] = [:]
  package private(set) var isWithheld = false

  package init(_ redactor: Redactor) {
    self.redactor = redactor
  }

  /// Takes a chunk of UTF-8 and returns the redacted text that is decided, as UTF-8.
  package mutating func append(_ chunk: some Collection<UInt8>) -> [UInt8] {
    guard !isWithheld else { return [] }
    buffer.append(contentsOf: chunk)
    guard validate(isComplete: false) else { return withhold() }
    return advance(isComplete: false)
  }

  /// The end of the stream: returns what was held back.
  package mutating func finish() -> [UInt8] {
    guard !isWithheld else { return [] }
    guard validate(isComplete: true) else { return withhold() }
    return advance(isComplete: true)
  }

  private mutating func withhold() -> [UInt8] {
    isWithheld = true
    buffer = []
    return Array(Redacted.withheld.description.utf8)
  }

  private mutating func validate(isComplete: Bool) -> Bool {
    let end = isComplete ? buffer.count : buffer.count - incompleteTail()
    guard end > validCount else { return true }
    guard Self.isUTF8(buffer, validCount..<end) else { return false }
    validCount = end
    return true
  }

  private static func isUTF8(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    // The error says where; all that follows is withheld anyway.
    (try? UTF8Span(validating: bytes.span.extracting(range))) != nil
  }

  /// The length of a character at the end of the buffer whose last bytes are still to come.
  private func incompleteTail() -> Int {
    for length in 1...3 where length <= buffer.count {
      let byte = buffer[buffer.count - length]
      if byte & 0xc0 == 0x80 { continue }
      let needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
      return needed > length ? length : 0
    }
    return 0
  }

  private mutating func advance(isComplete: Bool) -> [UInt8] {
    let end = isComplete ? buffer.count : max(scan.position, buffer.count - CandidateScan.lookAhead)
    unsafe buffer.withUnsafeBufferPointer { bytes in
      unsafe scan.run(over: TextBytes(bytes, isComplete: isComplete), to: min(end, bytes.count))
    }
    let decided = isComplete ? buffer.count : max(cut, scan.position - CandidateScan.reach)
    let matches = resolvingConflicts(redactor.accepted(scan.matches))
    let newCut = cutPoint(decided: decided)
    let output = replace(matches.filter { $0.range.lowerBound >= cut && $0.range.upperBound <= newCut }, to: newCut)
    cut = newCut
    dropOldBytes()
    return output
  }

  /// The largest position up to `decided` that no entity spans.
  private func cutPoint(decided: Int) -> Int {
    scan.matches.map(\.range).sorted { $0.lowerBound > $1.lowerBound }.reduce(decided) { position, range in
      range.lowerBound < position && range.upperBound > position ? range.lowerBound : position
    }
  }

  private mutating func replace(_ matches: [Match], to end: Int) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(end - cut)
    var position = cut
    for match in matches {
      output.append(contentsOf: buffer[position..<match.range.lowerBound])
      output.append(contentsOf: match.type.placeholder.utf8)
      position = match.range.upperBound
    }
    output.append(contentsOf: buffer[position..<end])
    entityCounts.merge(Redactor.counts(of: matches)) { $0 + $1 }
    return output
  }

  private mutating func dropOldBytes() {
    let distance = max(0, cut - CandidateScan.reach)
    scan.forget(before: cut, movingBy: distance)
    guard distance > 0 else { return }
    buffer.removeFirst(distance)
    cut -= distance
    validCount -= distance
  }
}
