/// What becomes of the matches that a text is cut at.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  /// Neighbouring matches are one piece, as is what lies between.
  case contiguous = "Contiguous"

  init(_ section: JSONSection, _ key: String, absent: SplitBehavior? = nil) throws(TokenizerError) {
    guard let name = try section.optionalString(key) ?? absent?.rawValue else {
      throw section.malformed("“\(key)” is missing")
    }
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw section.unsupported("the split behaviour “\(name)”")
    }
    self = behavior
  }
}

/// Collects the pieces of one cut.
struct PieceCutter {
  let behavior: SplitBehavior
  /// What lies between the matches counts as a match, and the other way round.
  var isInverted = false
  private var followsMatch = false
  private var hasPiece = false

  init(_ behavior: SplitBehavior, isInverted: Bool = false) {
    self.behavior = behavior
    self.isInverted = isInverted
  }

  /// Takes the next part of the text, matched or between two matches.
  mutating func add(_ range: Range<Int>, isMatch: Bool, to pieces: inout [Range<Int>]) {
    let isMatch = isMatch != isInverted
    defer { followsMatch = isMatch }
    switch behavior {
    case .removed where isMatch: break
    case .contiguous where hasPiece && isMatch == followsMatch,
      .mergedWithPrevious where hasPiece && isMatch && !followsMatch,
      .mergedWithNext where hasPiece && !isMatch && followsMatch:
      pieces[pieces.count - 1] = pieces[pieces.count - 1].lowerBound..<range.upperBound
    default:
      guard !range.isEmpty else { break }
      pieces.append(range)
      hasPiece = true
    }
  }

  /// Cuts `range` at the matches that `matches` calls back with, in order.
  func cut(
    _ range: Range<Int>,
    into pieces: inout [Range<Int>],
    atMatches matches: ((Range<Int>) -> Void) -> Void
  ) {
    var position = range.lowerBound
    var cutter = self
    matches { match in
      if position < match.lowerBound { cutter.add(position..<match.lowerBound, isMatch: false, to: &pieces) }
      cutter.add(match, isMatch: true, to: &pieces)
      position = match.upperBound
    }
    if position < range.upperBound { cutter.add(position..<range.upperBound, isMatch: false, to: &pieces) }
  }
}
