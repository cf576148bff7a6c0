import JSON

/// BERT's clean-up: controls away, any white space one space, ideographs set apart, accents away, lower case.
struct BertNormalizer: Sendable {
  var cleansText = true
  var separatesIdeographs = true
  var stripsAccents: Bool
  var lowercases: Bool

  /// `stripsAccents` is what `lowercases` is unless it is said.
  init(lowercases: Bool = true, stripsAccents: Bool? = nil, separatesIdeographs: Bool = true) {
    self.lowercases = lowercases
    self.stripsAccents = stripsAccents ?? lowercases
    self.separatesIdeographs = separatesIdeographs
  }

  init(_ section: JSONSection) throws(TokenizerError) {
    lowercases = try section.bool("lowercase", absent: true)
    stripsAccents = try section.bool("strip_accents", absent: lowercases)
    cleansText = try section.bool("clean_text", absent: true)
    separatesIdeographs = try section.bool("handle_chinese_chars", absent: true)
  }

  func normalize(_ text: [UInt8]) -> [UInt8] {
    var text = cleansText || separatesIdeographs ? cleaned(text) : text
    if stripsAccents { text = NormalizationForm.nfd.normalize(text).removing(accents: .accent) }
    return lowercases ? text.lowercasedQuickly() : text
  }

  private func cleaned(_ text: [UInt8]) -> [UInt8] {
    var cleaned: [UInt8] = []
    cleaned.reserveCapacity(text.count + text.count / 2)
    let span = text.span
    var position = 0
    while position < text.count {
      let byte = span[position]
      if byte >= 0x20 && byte < 0x7f {
        cleaned.append(byte)
        position += 1
        continue
      }
      let scalar = UTF8Scalars.read(span, position..<text.count)
      appendCleaned(span, position..<scalar.end, CharacterClasses.of(scalar.value), to: &cleaned)
      position = scalar.end
    }
    return cleaned
  }

  @inline(__always)
  private func appendCleaned(
    _ text: Span<UInt8>,
    _ range: Range<Int>,
    _ classes: CharacterClasses,
    to cleaned: inout [UInt8]
  ) {
    if cleansText, classes.contains(.control) { return }
    if cleansText, classes.contains(.space) {
      cleaned.append(0x20)
      return
    }
    let isApart = separatesIdeographs && classes.contains(.ideograph)
    if isApart { cleaned.append(0x20) }
    for position in range { cleaned.append(text[position]) }
    if isApart { cleaned.append(0x20) }
  }
}

extension [UInt8] {
  /// `removing`, without looking up ASCII, which has no accents.
  fileprivate func removing(accents: CharacterClasses) -> [UInt8] {
    allSatisfy { $0 < 0x80 } ? self : removing(accents)
  }

  /// `lowercased`, with ASCII by arithmetic.
  fileprivate func lowercasedQuickly() -> [UInt8] {
    var lowered: [UInt8] = []
    lowered.reserveCapacity(count)
    let text = span
    var position = 0
    while position < count {
      let byte = text[position]
      if byte < 0x80 {
        lowered.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        position += 1
        continue
      }
      let scalar = UTF8Scalars.read(text, position..<count)
      if CharacterClasses.of(scalar.value).contains(.changesInLowercase) {
        Self.appendLowercase(of: scalar.value, to: &lowered)
      } else {
        for index in position..<scalar.end { lowered.append(text[index]) }
      }
      position = scalar.end
    }
    return lowered
  }
}
