/// One pass over a text: skips the bytes that can start nothing and asks the detectors at the others.
///
/// Every detector looks a bounded distance around its anchor, so the pass is linear whatever the text holds.
struct CandidateScan {
  /// How far before its anchor a detection may start or look.
  static let reach = 256
  /// How far behind its anchor a detection looks, save the secrets that say `undecided`.
  static let lookAhead = 512

  private(set) var matches: [Match] = []
  /// Where the pass stands; everything before is decided.
  private(set) var position = 0

  private static let anchors = ByteSet("0"..."9", "\u{ef}"..."\u{ef}", and: "@:=_-AJBb\\")
  private static let addressBytes = ByteSet("0"..."9", "a"..."f", "A"..."F", and: ":")
  /// The first byte of a full-width colon, and of all full-width forms.
  private static let fullWidthLead: UInt8 = 0xef

  init(position: Int = 0) { self.position = position }

  /// Advances to `end`, or to the first anchor whose detector needs text that is not there yet.
  mutating func run(over text: TextBytes, to end: Int) {
    while position < end {
      position = text.firstPosition(of: Self.anchors, from: position, to: end)
      guard position < end, step(text) else { return }
    }
  }

  /// Takes one anchor; false when it needs more text.
  private mutating func step(_ text: TextBytes) -> Bool {
    let anchor = position
    position += 1
    let detection = detect(in: text, at: anchor)
    switch detection {
    case .nothing: return true
    case .undecided:
      position = anchor
      return false
    case .match(let match):
      matches.append(match)
      position = max(position, match.range.upperBound)
      return true
    }
  }

  private mutating func detect(in text: TextBytes, at anchor: Int) -> Detection {
    switch text[anchor] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return numbers(in: text, at: anchor)
    case UInt8(ascii: "@"): return EmailDetector.detect(in: text, at: anchor)
    case UInt8(ascii: ":"): return colon(in: text, at: anchor)
    case UInt8(ascii: "="): return AssignmentDetector.detect(in: text, at: anchor, length: 1)
    case UInt8(ascii: "_"): return TokenDetector.detect(in: text, at: anchor)
    case UInt8(ascii: "-"): return hyphen(in: text, at: anchor)
    case UInt8(ascii: "A"): return TokenDetector.detectCapitals(in: text, at: anchor)
    case UInt8(ascii: "J"): return TokenDetector.detectWebToken(in: text, at: anchor)
    case UInt8(ascii: "B"), UInt8(ascii: "b"): return TokenDetector.detectBearer(in: text, at: anchor)
    case Self.fullWidthLead where text.hasBytes("：", at: anchor):
      return AssignmentDetector.detect(in: text, at: anchor, length: 3)
    case UInt8(ascii: "\\") where text.isUnicodeEscape(at: anchor):
      position = anchor + 6
      return .nothing
    default: return .nothing
    }
  }
}

extension CandidateScan {
  private mutating func colon(in text: TextBytes, at anchor: Int) -> Detection {
    if text.hasBytes("://", at: anchor) {
      position = anchor + 3
      let detection = URLCredentialsDetector.detect(in: text, at: anchor)
      // What follows the credentials is the host, not an e-mail address.
      if case .match(let match) = detection { position = match.range.upperBound + 1 }
      return detection
    }
    if case .match(let match) = AssignmentDetector.detect(in: text, at: anchor, length: 1) { return .match(match) }
    let detection = IPAddressDetector.detectVersion6(in: text, at: anchor)
    if case .nothing = detection { skipGroups(text, from: anchor) }
    return detection
  }

  /// The rest of a refused run of hexadecimal groups: its later colons would look at the same bytes again.
  private mutating func skipGroups(_ text: TextBytes, from anchor: Int) {
    let end = text.endOfRun(of: Self.addressBytes, from: anchor, limit: Self.lookAhead / 2)
    var last = end
    while last > anchor + 1, text[last - 1] != UInt8(ascii: ":") { last -= 1 }
    if last > anchor + 1, !text.hasBytes("//", at: last) { position = last }
  }

  private mutating func hyphen(in text: TextBytes, at anchor: Int) -> Detection {
    if text[anchor + 1] == UInt8(ascii: "-") || !text.isComplete {
      let detection = PrivateKeyDetector.detect(in: text, at: anchor)
      if case .nothing = detection {} else { return detection }
    }
    return TokenDetector.detect(in: text, at: anchor)
  }

  /// The numbers that may begin with the run of digits at `anchor`; the longest of them counts here, the rest is for
  /// later anchors.
  private mutating func numbers(in text: TextBytes, at anchor: Int) -> Detection {
    let isInsideRun = ByteSet.digits.contains(text[anchor - 1]) && !text.isUnicodeEscape(at: anchor - 6)
    let runEnd = text.firstPosition(of: .nonDigits, from: anchor, to: min(text.count, anchor + Self.lookAhead))
    position = runEnd
    guard !isInsideRun, text.startsWord(at: anchor) else { return .nothing }
    let length = runEnd - anchor
    if length <= 3, case .match(let match) = IPAddressDetector.detectVersion4(in: text, at: anchor) {
      return .match(match)
    }
    if length <= 4, text[runEnd] == UInt8(ascii: ":") { return .nothing }
    let groups = DigitGroups(in: text, at: anchor)
    guard groups.digitCount >= 7 else { return .nothing }
    add(ChineseIdentityDetector.detect(groups, in: text, at: anchor))
    add(CardDetector.detect(groups, in: text, at: anchor))
    add(ChineseMobileDetector.detect(groups, in: text, at: anchor))
    add(PhoneDetector.detect(groups, in: text, at: anchor))
    return .nothing
  }

  private mutating func add(_ match: Match?) {
    guard let match else { return }
    matches.append(match)
    position = max(position, match.range.upperBound)
  }

  /// Matches that end before `cut` leave; the others and the position move to the front by `distance` bytes.
  mutating func forget(before cut: Int, movingBy distance: Int) {
    matches.removeAll { $0.range.upperBound <= cut }
    for index in matches.indices {
      let range = matches[index].range
      matches[index].range = range.lowerBound - distance..<range.upperBound - distance
    }
    position -= distance
  }
}
