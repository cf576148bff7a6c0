/// Cuts a template into tokens, with jinja2's rules for white space under `trim_blocks` and `lstrip_blocks`, which
/// Hugging Face sets for chat templates.
struct TemplateLexer {
  typealias Kind = TemplateToken.Kind

  let source: [Unicode.Scalar]
  var position = 0
  var line = 1
  var tokens: [TemplateToken] = []
  /// Nothing but removed white space stands between the last line feed and `position`.
  private var isAtLineStart = true

  /// Line ends become line feeds, and the last one is dropped.
  init(_ template: String) {
    var scalars: [Unicode.Scalar] = []
    for scalar in template.unicodeScalars {
      if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
      if scalars.last == "\r" { scalars[scalars.count - 1] = "\n" }
      scalars.append(scalar)
    }
    if scalars.last == "\r" { scalars[scalars.count - 1] = "\n" }
    if scalars.last == "\n" { scalars.removeLast() }
    source = scalars
  }

  mutating func tokenize() throws(TemplateError) -> [TemplateToken] {
    while position < source.count {
      let start = position
      while position < source.count, !isTagStart(position) { position += 1 }
      guard position < source.count else {
        appendData(start..<position)
        break
      }
      try lexTag(after: start..<position)
    }
    append(.end)
    return tokens
  }

  private func isTagStart(_ index: Int) -> Bool {
    guard source[index] == "{", index + 1 < source.count else { return false }
    return source[index + 1] == "%" || source[index + 1] == "{" || source[index + 1] == "#"
  }

  /// One tag and the text before it, some of whose white space the tag may remove.
  private mutating func lexTag(after text: Range<Int>) throws(TemplateError) {
    let mark = source[position + 1]
    let sign = scalar(at: position + 2)
    appendData(text, before: sign, isVariable: mark == "{")
    if mark == "%", let bodyStart = rawBodyStart() { return try lexRaw(from: bodyStart) }
    position += sign == "-" || sign == "+" ? 3 : 2
    switch mark {
    case "#": try skipComment()
    case "{":
      append(.variableBegin)
      try lexCode(closing: "}")
    default:
      append(.blockBegin)
      try lexCode(closing: "%")
    }
  }

  private mutating func appendData(_ text: Range<Int>, before sign: Unicode.Scalar?, isVariable: Bool) {
    var end = text.upperBound
    if sign == "-" {
      while end > text.lowerBound, PythonText.isSpace(source[end - 1]) { end -= 1 }
    } else if sign != "+", !isVariable {
      var lineStart = end
      while lineStart > text.lowerBound, source[lineStart - 1] != "\n" { lineStart -= 1 }
      if lineStart > text.lowerBound || isAtLineStart,
        source[lineStart..<end].allSatisfy(PythonText.isSpace)
      {
        end = lineStart
      }
    }
    appendData(text.lowerBound..<end)
    line += source[end..<text.upperBound].count { $0 == "\n" }
  }

  private mutating func appendData(_ text: Range<Int>) {
    guard !text.isEmpty else { return }
    append(.data(string(text)))
    line += source[text].count { $0 == "\n" }
  }

  /// Past the end of `{% raw %}` at `position`; nil when another tag stands here.
  private func rawBodyStart() -> Int? {
    var index = position + 2
    if let sign = scalar(at: index), sign == "-" || sign == "+" { index += 1 }
    guard let end = wordEnd("raw", from: index) else { return nil }
    if matches("%}", at: end) { return end + 2 }
    guard matches("-%}", at: end) else { return nil }
    return skippingSpace(from: end + 3)
  }

  private mutating func lexRaw(from start: Int) throws(TemplateError) {
    let opening = line
    advance(to: start)
    while position < source.count {
      guard matches("{%", at: position) else {
        position += 1
        continue
      }
      let sign = scalar(at: position + 2)
      let afterSign = sign == "-" || sign == "+" ? position + 3 : position + 2
      if let end = wordEnd("endraw", from: afterSign), let next = tagEnd(at: end, closing: "%") {
        appendData(start..<position, before: sign, isVariable: false)
        return advance(to: next)
      }
      position += 1
    }
    throw .syntax(line: opening, problem: "“raw” has no “endraw”")
  }

  private mutating func skipComment() throws(TemplateError) {
    var index = position
    while index < source.count {
      if let next = tagEnd(at: index, closing: "#") { return advance(to: next) }
      index += 1
    }
    throw .syntax(line: line, problem: "a comment has no “#}”")
  }

  /// Past the end of a tag at `index`, with the white space that it removes: all after a minus, one line feed after a
  /// plain end of a block or comment. nil when no tag ends here.
  func tagEnd(at index: Int, closing mark: Unicode.Scalar) -> Int? {
    let sign = scalar(at: index)
    let start = sign == "-" || (sign == "+" && mark != "}") ? index + 1 : index
    guard scalar(at: start) == mark, scalar(at: start + 1) == "}" else { return nil }
    if sign == "-" { return skippingSpace(from: start + 2) }
    let trimsLineFeed = mark != "}" && sign != "+" && scalar(at: start + 2) == "\n"
    return trimsLineFeed ? start + 3 : start + 2
  }

  private func wordEnd(_ word: String, from start: Int) -> Int? {
    let index = skippingSpace(from: start)
    guard matches(word, at: index) else { return nil }
    return skippingSpace(from: index + word.unicodeScalars.count)
  }

  private func skippingSpace(from start: Int) -> Int {
    var index = start
    while index < source.count, PythonText.isSpace(source[index]) { index += 1 }
    return index
  }

  func matches(_ text: String, at index: Int) -> Bool {
    source[min(index, source.count)...].starts(with: text.unicodeScalars)
  }

  func scalar(at index: Int) -> Unicode.Scalar? {
    index < source.count ? source[index] : nil
  }

  func string(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: source[range])
    return String(view)
  }

  mutating func advance(to end: Int) {
    line += source[position..<end].count { $0 == "\n" }
    isAtLineStart = end > 0 && source[end - 1] == "\n"
    position = end
  }

  mutating func append(_ kind: Kind) {
    tokens.append(TemplateToken(kind: kind, line: line))
  }
}
