/// Finds personal data and secrets in text and replaces them by their type: `li@corp.io` by `<EMAIL>`.
package struct Redactor: Sendable {
  package struct Policy: Sendable {
    /// What is looked for.
    package var types: Set<EntityType>
    /// Matches of a lower score stay; 0.5 serves logs, where recall counts, 0.8 training data.
    package var threshold: Double
    /// Longer texts are withheld as a whole.
    package var maximumByteCount: Int

    package init(
      types: Set<EntityType> = Set(EntityType.allCases),
      threshold: Double = 0.5,
      maximumByteCount: Int = 64 << 20
    ) {
      self.types = types
      self.threshold = threshold
      self.maximumByteCount = maximumByteCount
    }
  }

  let policy: Policy

  package init(policy: Policy = Policy()) {
    self.policy = policy
  }

  /// The entities of a text in their order, disjoint.
  package func entities(in text: String) -> [Entity] {
    var text = text
    return text.withUTF8 { bytes in
      let matches = matches(in: unsafe TextBytes(bytes, isComplete: true))
      var offsets = CodePointOffsets(unsafe TextBytes(bytes, isComplete: true))
      return matches.map { match in
        let start = offsets.offset(of: match.range.lowerBound)
        return Entity(type: match.type, range: start..<offsets.offset(of: match.range.upperBound), score: match.score)
      }
    }
  }

  func matches(in text: TextBytes) -> [Match] {
    var scan = CandidateScan()
    scan.run(over: text, to: text.count)
    return resolvingConflicts(accepted(scan.matches))
  }

  func accepted(_ matches: [Match]) -> [Match] {
    matches.filter { policy.types.contains($0.type) && $0.score >= policy.threshold }
  }

  /// The text with its entities replaced, and how many there were of each type.
  func replacing(in text: String) -> (text: String, counts: [EntityType: Int]) {
    var text = text
    let (replaced, counts) = text.withUTF8 { bytes -> (String?, [EntityType: Int]) in
      let matches = matches(in: unsafe TextBytes(bytes, isComplete: true))
      if matches.isEmpty { return (nil, [:]) }
      var output: [UInt8] = []
      output.reserveCapacity(bytes.count)
      var position = 0
      for match in matches {
        unsafe output.append(contentsOf: bytes[position..<match.range.lowerBound])
        output.append(contentsOf: match.type.placeholder.utf8)
        position = match.range.upperBound
      }
      unsafe output.append(contentsOf: bytes[position...])
      return (String(decoding: output, as: UTF8.self), Redactor.counts(of: matches))
    }
    return (replaced ?? text, counts)
  }

  static func counts(of matches: [Match]) -> [EntityType: Int] {
    matches.reduce(into: [:]) { $0[$1.type, default: 0] += 1 }
  }
}

/// Code points before a byte offset; offsets are asked for in ascending order.
private struct CodePointOffsets {
  private let text: TextBytes
  private var byte = 0
  private var codePoint = 0

  init(_ text: TextBytes) { self.text = text }

  mutating func offset(of byte: Int) -> Int {
    while self.byte < byte {
      if text[self.byte] & 0xc0 != 0x80 { codePoint += 1 }
      self.byte += 1
    }
    return codePoint
  }
}
