import JSON

/// The first stage: rewrites the text between special tokens.
indirect enum Normalizer: Sendable {
  case identity
  case sequence([Normalizer])
  /// Puts `prefix` before a text that is not empty.
  case prepend([UInt8])
  case replace(pattern: [UInt8], content: [UInt8])

  init(_ section: JSONSection?) throws(TokenizerError) {
    guard let section else {
      self = .identity
      return
    }
    switch try section.type() {
    case "Sequence":
      var steps: [Normalizer] = []
      for step in try section.array("normalizers") { steps.append(try Normalizer(step)) }
      self = .sequence(steps)
    case "Prepend":
      self = .prepend(Array(try section.string("prepend").utf8))
    case "Replace":
      self = .replace(
        pattern: try section.literalPattern("pattern"),
        content: Array(try section.string("content").utf8)
      )
    case let name:
      throw section.unsupported("the normalizer “\(name)”")
    }
  }

  func normalize(_ text: [UInt8]) -> [UInt8] {
    switch self {
    case .identity: text
    case .sequence(let steps): steps.reduce(text) { $1.normalize($0) }
    case .prepend(let prefix): text.isEmpty ? text : prefix + text
    case .replace(let pattern, let content): text.replacing(literal: pattern, with: content)
    }
  }

  /// Whether the text may become shorter; then a token's bytes do not bound the input that it stands for.
  var mayShrink: Bool {
    switch self {
    case .identity, .prepend: false
    case .sequence(let steps): steps.contains { $0.mayShrink }
    case .replace(let pattern, let content): content.count < pattern.count
    }
  }
}

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
}
