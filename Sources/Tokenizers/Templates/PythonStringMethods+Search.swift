extension PythonStringMethods {
  static let search: [String: Method] = [
    "startswith": { (call) throws(TemplateError) in try affix(call) { $0.starts(with: $1) } },
    "endswith": { (call) throws(TemplateError) in try affix(call) { $0.reversed().starts(with: $1.reversed()) } },
    "removeprefix": { (call) throws(TemplateError) in
      let prefix = try call.text(try call.values(1, 1)[0])
      guard call.text.utf8.starts(with: prefix.utf8) else { return call.receiver }
      return try call.string(String(decoding: call.text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
    },
    "removesuffix": { (call) throws(TemplateError) in
      let suffix = try call.text(try call.values(1, 1)[0])
      guard call.text.utf8.reversed().starts(with: suffix.utf8.reversed()) else { return call.receiver }
      return try call.string(String(decoding: call.text.utf8.dropLast(suffix.utf8.count), as: UTF8.self))
    },
    "find": { (call) throws(TemplateError) in .integer(try position(call, fromEnd: false) ?? -1) },
    "rfind": { (call) throws(TemplateError) in .integer(try position(call, fromEnd: true) ?? -1) },
    "index": { (call) throws(TemplateError) in .integer(try required(try position(call, fromEnd: false), call)) },
    "rindex": { (call) throws(TemplateError) in .integer(try required(try position(call, fromEnd: true), call)) },
    "count": { (call) throws(TemplateError) in
      let values = try call.values(1, 3)
      let needle = try call.text(values[0])
      guard let range = try window(call, Array(values.dropFirst())) else { return .integer(0) }
      let text = range.text
      let count =
        needle.isEmpty
        ? text.unicodeScalars.count + 1
        : PythonTextSearch.occurrences(of: Array(needle.utf8), in: Array(text.utf8)).count
      return .integer(count)
    },
    "replace": { (call) throws(TemplateError) in
      // Before Python 3.13 the count has no name.
      let values = try call.values(2, 3)
      let limit = values.count > 2 ? try call.integer(values[2]) : -1
      let new = try call.text(values[1])
      let replacement = call.isMarked ? call.renderer.escaped(values[1]) : new
      return try call.string(
        try call.renderer.replaced(try call.text(values[0]), by: replacement, in: call.text, limit)
      )
    },
    "split": { (call) throws(TemplateError) in try split(call, fromEnd: false) },
    "rsplit": { (call) throws(TemplateError) in try split(call, fromEnd: true) },
    "splitlines": { (call) throws(TemplateError) in
      let keepsEnds = try call.arguments.matched(to: ["keepends"], of: "splitlines", call.renderer)[0]
      try call.renderer.charge(bytes: call.text.utf8.count * 4)
      return try call.list(lines(call.text, keepsEnds: keepsEnds?.isTrue ?? false))
    },
    "partition": { (call) throws(TemplateError) in try partition(call, fromEnd: false) },
    "rpartition": { (call) throws(TemplateError) in try partition(call, fromEnd: true) },
  ]

  /// The part of the text between two bounds that may be none; nil where it begins behind the end.
  private static func window(
    _ call: Call,
    _ bounds: [TemplateValue]
  ) throws(TemplateError) -> (text: String, offset: Int)? {
    let bounds = try bounds.map { (bound) throws(TemplateError) in bound.isNone ? nil : try call.integer(bound) }
    guard bounds.contains(where: { $0 != nil }) else { return (call.text, 0) }
    let count = call.text.unicodeScalars.count
    if let start = bounds[0], start > count { return nil }
    let slice = PythonSlice(start: bounds[0], stop: bounds.count > 1 ? bounds[1] : nil, step: 1, count: count)
    if slice.count == 0, bounds.count > 1, let stop = bounds[1] {
      // An empty window still matches the empty string, a reversed one does not.
      let end = stop < 0 ? max(0, stop + count) : stop
      guard slice.start <= end else { return nil }
    }
    let text = PythonText.string(call.text.unicodeScalars.dropFirst(slice.start).prefix(slice.count))
    return (text, slice.start)
  }

  private static func affix(
    _ call: Call,
    _ matches: ([UInt8], [UInt8]) -> Bool
  ) throws(TemplateError) -> TemplateValue {
    let values = try call.values(1, 3)
    let affixes = if case .tuple(let elements) = values[0] { elements.values } else { [values[0]] }
    guard let window = try window(call, Array(values.dropFirst())) else { return .boolean(false) }
    let text = Array(window.text.utf8)
    for affix in affixes where matches(text, Array(try call.text(affix).utf8)) { return .boolean(true) }
    return .boolean(false)
  }

  private static func position(_ call: Call, fromEnd: Bool) throws(TemplateError) -> Int? {
    let values = try call.values(1, 3)
    let needle = Array(try call.text(values[0]).utf8)
    guard let window = try window(call, Array(values.dropFirst())) else { return nil }
    guard !needle.isEmpty else { return window.offset + (fromEnd ? window.text.unicodeScalars.count : 0) }
    let text = Array(window.text.utf8)
    let found =
      fromEnd
      ? PythonTextSearch.lastOccurrences(of: needle, in: text, limit: 1)
      : PythonTextSearch.occurrences(of: needle, in: text, limit: 1)
    // Positions count characters: those bytes that continue none.
    return found.first.map { window.offset + text[..<$0].count { $0 & 0xc0 != 0x80 } }
  }

  private static func required(_ position: Int?, _ call: Call) throws(TemplateError) -> Int {
    guard let position else { throw call.renderer.failure("“\(call.name)” finds nothing") }
    return position
  }

  private static func split(_ call: Call, fromEnd: Bool) throws(TemplateError) -> TemplateValue {
    let values = try call.arguments.matched(to: ["sep", "maxsplit"], of: call.name, call.renderer)
    let limit = try values[1].map(call.integer) ?? -1
    let maximum = limit < 0 ? Int.max : limit
    guard let separator = values[0], !separator.isNone else {
      try call.renderer.charge(bytes: call.text.utf8.count * 4)
      return try call.list(words(call.text, maximum, fromEnd: fromEnd))
    }
    let needle = Array(try call.text(separator).utf8)
    guard !needle.isEmpty else { throw call.renderer.failure("the separator is empty") }
    let text = Array(call.text.utf8)
    let positions =
      fromEnd
      ? PythonTextSearch.lastOccurrences(of: needle, in: text, limit: maximum)
      : PythonTextSearch.occurrences(of: needle, in: text, limit: maximum)
    return try call.list(PythonTextSearch.pieces(text, at: positions, length: needle.count))
  }

  /// Splits at runs of white space; the last piece of a limited split keeps its white space.
  private static func words(_ text: String, _ limit: Int, fromEnd: Bool) -> [String] {
    let scalars = fromEnd ? Array(text.unicodeScalars.reversed()) : Array(text.unicodeScalars)
    var words: [[Unicode.Scalar]] = []
    var index = 0
    while true {
      while index < scalars.count, PythonText.isSpace(scalars[index]) { index += 1 }
      guard index < scalars.count else { break }
      guard words.count < limit else {
        words.append(Array(scalars[index...]))
        break
      }
      let end = scalars[index...].firstIndex(where: PythonText.isSpace) ?? scalars.count
      words.append(Array(scalars[index..<end]))
      index = end
    }
    return fromEnd ? words.reversed().map { PythonText.string($0.reversed()) } : words.map(PythonText.string)
  }

  static func lines(_ text: String, keepsEnds: Bool) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var lines: [String] = []
    var start = 0
    while start < scalars.count {
      let end = scalars[start...].firstIndex(where: PythonText.isLineEnd) ?? scalars.count
      var next = min(end + 1, scalars.count)
      if end + 1 < scalars.count, scalars[end] == "\r", scalars[end + 1] == "\n" { next = end + 2 }
      lines.append(PythonText.string(scalars[start..<(keepsEnds ? next : end)]))
      start = next
    }
    return lines
  }

  private static func partition(_ call: Call, fromEnd: Bool) throws(TemplateError) -> TemplateValue {
    let separator = try call.text(try call.values(1, 1)[0])
    let needle = Array(separator.utf8)
    guard !needle.isEmpty else { throw call.renderer.failure("the separator is empty") }
    let text = Array(call.text.utf8)
    let positions =
      fromEnd
      ? PythonTextSearch.lastOccurrences(of: needle, in: text, limit: 1)
      : PythonTextSearch.occurrences(of: needle, in: text, limit: 1)
    let pieces = PythonTextSearch.pieces(text, at: positions, length: needle.count)
    let parts =
      pieces.count == 2
      ? [pieces[0], separator, pieces[1]] : fromEnd ? ["", "", call.text] : [call.text, "", ""]
    return try call.renderer.tuple(try parts.map { (part) throws(TemplateError) in try call.string(part) })
  }
}
