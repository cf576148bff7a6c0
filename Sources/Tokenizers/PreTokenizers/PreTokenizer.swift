import Expressions
import JSON

/// The second stage: cuts normalised text into pieces that the model tokenises one by one.
indirect enum PreTokenizer: Sendable {
  case none
  case sequence([PreTokenizer])
  /// One of the common expressions, each match a piece.
  case scan(WordScanner)
  case expression(Expression, SplitBehavior, isInverted: Bool)
  case literal([UInt8], SplitBehavior, isInverted: Bool)
  /// Cuts at every scalar of the class.
  case characters(CharacterClasses, SplitBehavior)
  /// At white space, which goes, and at punctuation.
  case bert
  /// `\w+|[^\w\s]+`
  case words
  case metaspace(Metaspace)
  /// A space before a piece that has none.
  case prefixSpace
  /// Bytes as visible characters; only where the model does not take bytes as they are.
  case byteLevel

  init(_ section: JSONSection?) throws(TokenizerError) {
    guard let section else {
      self = .none
      return
    }
    switch try section.type() {
    case "Sequence":
      var steps: [PreTokenizer] = []
      for step in try section.array("pretokenizers") { steps.append(try PreTokenizer(step)) }
      self = .sequence(steps)
    case "Split": self = try Self.split(section)
    case "ByteLevel": self = try Self.byteLevel(section)
    case "Metaspace": self = .metaspace(try Metaspace(section))
    case "Digits":
      let isIndividual = try section.bool("individual_digits", absent: false)
      self = .characters(.numeric, isIndividual ? .isolated : .contiguous)
    case "Punctuation":
      self = .characters(.punctuation, try SplitBehavior(section, "behavior", absent: .isolated))
    case "Whitespace": self = .words
    case "WhitespaceSplit": self = .characters(.space, .removed)
    case "BertPreTokenizer": self = .bert
    case "CharDelimiterSplit":
      self = .literal(try section.character("delimiter"), .removed, isInverted: false)
    case let name: throw section.unsupported("the pre-tokenizer “\(name)”")
    }
  }

  private static func split(_ section: JSONSection) throws(TokenizerError) -> PreTokenizer {
    let behavior = try SplitBehavior(section, "behavior")
    let isInverted = try section.bool("invert", absent: false)
    switch try section.pattern("pattern") {
    case .literal(let literal): return .literal(literal, behavior, isInverted: isInverted)
    case .expression(let source, let place):
      // Where everything matches, pieces are the same isolated, contiguous apart, or inverted and removed.
      if let scanner = WordScanner(source), behavior == .isolated || behavior == .removed && isInverted {
        return .scan(scanner)
      }
      return .expression(try Expression(source, at: place), behavior, isInverted: isInverted)
    }
  }

  private static func byteLevel(_ section: JSONSection) throws(TokenizerError) -> PreTokenizer {
    var steps: [PreTokenizer] = []
    if try section.bool("add_prefix_space", absent: true) { steps.append(.prefixSpace) }
    if try section.bool("use_regex", absent: true) { steps.append(.scan(.gpt2)) }
    return .sequence(steps + [.byteLevel])
  }

  /// The same without the change of bytes to characters, if that is its last step; then a model can take bytes.
  var withoutFinalByteLevel: PreTokenizer? {
    switch self {
    case .byteLevel: PreTokenizer.none
    case .sequence(let steps):
      steps.last.flatMap(\.withoutFinalByteLevel).map { .sequence(steps.dropLast() + [$0]) }
    default: nil
    }
  }

  func cut(_ pieces: inout TextPieces) {
    switch self {
    case .none: break
    case .sequence(let steps): for step in steps { step.cut(&pieces) }
    case .scan(let scanner): pieces.cutEach { text, range, parts in scanner.cut(text, range, into: &parts) }
    case .expression(let expression, let behavior, let isInverted):
      pieces.cutEach { text, range, parts in
        PieceCutter(behavior, isInverted: isInverted).cut(range, into: &parts) { match in
          expression.forEachMatch(in: text, range, match)
        }
      }
    case .literal(let literal, let behavior, let isInverted):
      pieces.cutEach { text, range, parts in
        PieceCutter(behavior, isInverted: isInverted).cut(range, into: &parts) { match in
          text.forEachOccurrence(of: literal, in: range, match)
        }
      }
    case .characters(let classes, let behavior):
      pieces.cutEach { text, range, parts in
        PieceCutter(behavior).cut(range, into: &parts) { match in text.forEachScalar(of: classes, in: range, match) }
      }
    case .bert: pieces.cutEach { text, range, parts in BertWords.cut(text, range, into: &parts) }
    case .words: pieces.cutEach { text, range, parts in BertWords.cutWords(text, range, into: &parts) }
    case .metaspace(let metaspace): metaspace.cut(&pieces)
    case .prefixSpace:
      guard pieces.ranges.contains(where: { pieces.text[$0.lowerBound] != 0x20 }) else { break }
      pieces.rewriteEach { text, range, written in
        if text[range.lowerBound] != 0x20 { written.append(0x20) }
        written.append(text, range)
      }
    case .byteLevel:
      pieces.rewriteEach { text, range, written in
        for position in range { ByteAlphabet.append(text[position], to: &written) }
      }
    }
  }

  /// Whether text may be left out of the pieces.
  var removesText: Bool {
    switch self {
    case .sequence(let steps): steps.contains(where: \.removesText)
    case .expression(_, let behavior, _), .literal(_, let behavior, _), .characters(_, let behavior):
      behavior == .removed
    case .bert, .words: true
    case .none, .scan, .metaspace, .prefixSpace, .byteLevel: false
    }
  }

  /// Whether every piece is a single scalar.
  var cutsEveryScalar: Bool {
    switch self {
    case .scan(.scalars): true
    case .sequence(let steps): steps.contains(where: \.cutsEveryScalar)
    default: false
    }
  }
}
