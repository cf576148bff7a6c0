/// A text between two special tokens on its way through the pre-tokenisers: its bytes and where it has been cut.
struct TextPieces: Sendable {
  var text: [UInt8] = []
  /// In order, without overlap; what lies between two has been removed.
  var ranges: [Range<Int>] = []
  /// Whether the whole text begins here; Metaspace asks.
  var isAtStart = true
  /// The next ranges while they are made; kept for its capacity.
  private var spare: [Range<Int>] = []

  mutating func reset(_ text: [UInt8], isAtStart: Bool) {
    self.text = text
    self.isAtStart = isAtStart
    ranges.removeAll(keepingCapacity: true)
    if !text.isEmpty { ranges.append(0..<text.count) }
  }

  /// Cuts every piece in turn; `cut` appends the parts of one.
  mutating func cutEach(_ cut: (Span<UInt8>, Range<Int>, inout [Range<Int>]) -> Void) {
    var parts: [Range<Int>] = []
    swap(&parts, &spare)
    parts.removeAll(keepingCapacity: true)
    let whole = ranges
    for range in whole { cut(text.span, range, &parts) }
    ranges = parts
    spare = whole
  }

  /// Writes every piece anew; `rewrite` appends the new form of one.
  mutating func rewriteEach(_ rewrite: (Span<UInt8>, Range<Int>, inout [UInt8]) -> Void) {
    var rewritten: [UInt8] = []
    rewritten.reserveCapacity(text.count + text.count / 2)
    for index in ranges.indices {
      let start = rewritten.count
      rewrite(text.span, ranges[index], &rewritten)
      ranges[index] = start..<rewritten.count
    }
    text = rewritten
  }
}
