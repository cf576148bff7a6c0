import Expressions

extension [UInt8] {
  /// Replaces each occurrence, from left to right, without looking at what was put in.
  func replacing(literal pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    guard contains(pattern[0]) else { return self }
    var replaced: [UInt8] = []
    replaced.reserveCapacity(count + count / 2)
    var position = 0
    while position < count {
      if self[position] == pattern[0], self[position...].starts(with: pattern) {
        replaced.append(contentsOf: content)
        position += pattern.count
      } else {
        replaced.append(self[position])
        position += 1
      }
    }
    return replaced
  }

  /// Replaces each match; an empty match puts `content` in without taking anything away.
  func replacing(_ expression: Expression, with content: [UInt8]) -> [UInt8] {
    var replaced: [UInt8] = []
    var end = 0
    expression.forEachMatch(in: span, 0..<count) { match in
      replaced += self[end..<match.lowerBound]
      replaced += content
      end = match.upperBound
    }
    return end == 0 && replaced.isEmpty ? self : replaced + self[end...]
  }

  /// Scalar by scalar: a final sigma becomes σ like any other.
  func lowercased() -> [UInt8] {
    rewriting { value, classes, lowered in
      if !classes.contains(.changesInLowercase) { return false }
      Self.appendLowercase(of: value, to: &lowered)
      return true
    }
  }

  /// Adds the lower case of a scalar, which may be several.
  static func appendLowercase(of value: UInt32, to bytes: inout [UInt8]) {
    guard let scalar = Unicode.Scalar(value) else { return }
    bytes.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
  }

  /// Without the scalars that have one of `classes`.
  func removing(_ classes: CharacterClasses) -> [UInt8] {
    rewriting { _, own, _ in !own.isDisjoint(with: classes) }
  }

  func trimmingSpace(left: Bool, right: Bool) -> [UInt8] {
    var range = indices
    let text = span
    while left, !range.isEmpty {
      let scalar = UTF8Scalars.read(text, range)
      guard CharacterClasses.of(scalar.value).contains(.space) else { break }
      range = scalar.end..<range.upperBound
    }
    while right, let scalar = UTF8Scalars.readLast(text, range), CharacterClasses.of(scalar.value).contains(.space) {
      range = range.lowerBound..<scalar.start
    }
    return range == indices ? self : Array(self[range])
  }

  /// The rules of SentencePiece's nmt_nfkc that are not NFKC.
  func cleanedForTranslation() -> [UInt8] {
    rewriting { value, _, cleaned in
      switch value {
      case 0x01...0x08, 0x0b, 0x0e...0x1f, 0x7f, 0x8f, 0x9f: return true
      case 0x09, 0x0a, 0x0c, 0x0d, 0x1680, 0x200b...0x200f, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd:
        cleaned.append(UInt8(ascii: " "))
        return true
      default: return false
      }
    }
  }

  /// Asks `rewrite` about each scalar; where it returns true, the scalar is replaced by what it added to its last argument.
  func rewriting(_ rewrite: (UInt32, CharacterClasses, inout [UInt8]) -> Bool) -> [UInt8] {
    var rewritten: [UInt8] = []
    rewritten.reserveCapacity(count)
    let text = span
    var position = 0
    while position < count {
      let scalar = UTF8Scalars.read(text, position..<count)
      if !rewrite(scalar.value, CharacterClasses.of(scalar.value), &rewritten) {
        for index in position..<scalar.end { rewritten.append(text[index]) }
      }
      position = scalar.end
    }
    return rewritten
  }
}
