/// Keys of services, known by their prefix.
enum TokenDetector {
  static let longest = 4096

  private struct Form {
    let type: EntityType
    let prefix: StaticString
    let characters: ByteSet
    /// Characters behind the prefix.
    let lengths: ClosedRange<Int>
    var needsDigit = false
  }

  private static let underscoreForms: [Form] =
    ["ghp", "gho", "ghu", "ghs", "ghr"].map {
      Form(type: .gitHubToken, prefix: $0, characters: .alphanumeric, lengths: 30...255)
    } + [
      Form(type: .gitHubToken, prefix: "github_pat", characters: .identifier, lengths: 22...255),
      Form(type: .huggingFaceToken, prefix: "hf", characters: .alphanumeric, lengths: 30...64),
    ]
  private static let hyphenForms: [Form] =
    [Form(type: .openAIKey, prefix: "sk", characters: .identifier, lengths: 20...255, needsDigit: true)]
    + ["xoxb", "xoxa", "xoxp", "xoxe", "xoxr", "xoxs", "xoxo"].map {
      Form(type: .slackToken, prefix: $0, characters: .identifier, lengths: 10...255, needsDigit: true)
    }

  /// - Parameter joint: the `_` or `-` behind the prefix.
  static func detect(in text: TextBytes, at joint: Int) -> Detection {
    let forms = text[joint] == UInt8(ascii: "_") ? underscoreForms : hyphenForms
    for form in forms {
      let start = joint - form.prefix.utf8CodeUnitCount
      guard start >= 0, text.hasBytes(form.prefix, at: start), text.startsWord(at: start) else { continue }
      return detect(form, in: text, start..<joint + 1)
    }
    return .nothing
  }

  /// AWS access keys and Google API keys, which begin with capital letters.
  ///
  /// - Parameter start: an `A`.
  static func detectCapitals(in text: TextBytes, at start: Int) -> Detection {
    guard text.startsWord(at: start) else { return .nothing }
    if text.hasBytes("AKIA", at: start) || text.hasBytes("ASIA", at: start) {
      let form = Form(type: .awsKey, prefix: "AKIA", characters: .uppercaseAlphanumeric, lengths: 16...16)
      return detect(form, in: text, start..<start + 4)
    }
    if text.hasBytes("AIza", at: start) {
      let form = Form(type: .googleKey, prefix: "AIza", characters: .base64URL, lengths: 30...40)
      return detect(form, in: text, start..<start + 4)
    }
    return .nothing
  }

  private static func detect(_ form: Form, in text: TextBytes, _ prefix: Range<Int>) -> Detection {
    let end = text.endOfRun(of: form.characters, from: prefix.upperBound, limit: form.lengths.upperBound + 1)
    if end == text.count, !text.isComplete { return .undecided }
    let length = end - prefix.upperBound
    guard length >= form.lengths.lowerBound else { return .nothing }
    // Longer than any key: what is redacted ends at the bound, so that no part of a secret is let through for its length.
    let last = min(end, prefix.upperBound + form.lengths.upperBound)
    if form.type == .awsKey, end != last { return .nothing }
    if form.needsDigit, text.firstPosition(of: .digits, from: prefix.upperBound, to: last) == last { return .nothing }
    return .match(Match(form.type, prefix.lowerBound..<max(last, end), score: 1))
  }

  /// JSON web tokens (RFC 7519, compact form): two or three base64url parts, the first two beginning with `eyJ`.
  ///
  /// - Parameter letter: the `J` of `eyJ`.
  static func detectWebToken(in text: TextBytes, at letter: Int) -> Detection {
    let start = letter - 2
    guard text.hasBytes("eyJ", at: start), text.startsWord(at: start) else { return .nothing }
    let header = text.endOfRun(of: .base64URL, from: start, limit: longest)
    if header == text.count, !text.isComplete { return .undecided }
    guard header - start >= 10, text[header] == UInt8(ascii: ".") else { return .nothing }
    let payload = text.endOfRun(of: .base64URL, from: header + 1, limit: longest)
    if payload == text.count, !text.isComplete { return .undecided }
    guard payload - header >= 8 else { return .nothing }
    guard text[payload] == UInt8(ascii: ".") else {
      return text.hasBytes("eyJ", at: header + 1) ? .match(Match(.jsonWebToken, start..<payload, score: 1)) : .nothing
    }
    let signature = text.endOfRun(of: .base64URL, from: payload + 1, limit: longest)
    if signature == text.count, !text.isComplete { return .undecided }
    return .match(Match(.jsonWebToken, start..<signature, score: 1))
  }

  /// `Bearer TOKEN` of an Authorization header; the token is redacted.
  ///
  /// - Parameter start: a `B` or `b`.
  static func detectBearer(in text: TextBytes, at start: Int) -> Detection {
    guard text.hasLetters("bearer ", at: start), text.startsWord(at: start) else { return .nothing }
    let token = start + 7
    let end = text.endOfRun(of: .bearer, from: token, limit: longest)
    if end == text.count, !text.isComplete { return .undecided }
    guard end - token >= 16, text.firstPosition(of: .digits, from: token, to: end) < end else { return .nothing }
    return .match(Match(.bearerToken, token..<end, score: 0.95))
  }
}
