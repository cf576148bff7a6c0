/// The four normalisation forms (Unicode Standard Annex 15).
enum NormalizationForm: Sendable {
  case nfc
  case nfd
  case nfkc
  case nfkd

  private var unstable: CharacterClasses {
    switch self {
    case .nfc: .unstableNFC
    case .nfd: .unstableNFD
    case .nfkc: .unstableNFKC
    case .nfkd: .unstableNFKD
    }
  }

  private var isCompatibility: Bool { self == .nfkc || self == .nfkd }
  private var composes: Bool { self == .nfc || self == .nfkc }

  func normalize(_ text: [UInt8]) -> [UInt8] {
    guard let first = firstUnstable(text.span, from: 0) else { return text }
    var normalized: [UInt8] = []
    normalized.reserveCapacity(text.count + 16)
    var position = 0
    var unstable = first
    let span = text.span
    while true {
      // What composes may do so with the stable scalar before it.
      let start = composes ? max(position, UTF8Scalars.readLast(span, position..<unstable)?.start ?? 0) : unstable
      append(text[position..<start], to: &normalized)
      position = endOfUnstable(span, from: unstable)
      appendNormalized(span, start..<position, to: &normalized)
      guard let next = firstUnstable(span, from: position) else { break }
      unstable = next
    }
    append(text[position...], to: &normalized)
    return normalized
  }

  private func append(_ stable: ArraySlice<UInt8>, to normalized: inout [UInt8]) {
    normalized.append(contentsOf: stable)
  }

  private func firstUnstable(_ text: Span<UInt8>, from start: Int) -> Int? {
    let unstable = unstable
    var position = start
    while position < text.count {
      if text[position] < 0x80 {
        position += 1
        continue
      }
      let scalar = UTF8Scalars.read(text, position..<text.count)
      if !CharacterClasses.of(scalar.value).isDisjoint(with: unstable) { return position }
      position = scalar.end
    }
    return nil
  }

  private func endOfUnstable(_ text: Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < text.count {
      let scalar = UTF8Scalars.read(text, position..<text.count)
      if CharacterClasses.of(scalar.value).isDisjoint(with: unstable) { break }
      position = scalar.end
    }
    return position
  }

  private func appendNormalized(_ text: Span<UInt8>, _ range: Range<Int>, to normalized: inout [UInt8]) {
    var scalars: [UInt32] = []
    var position = range.lowerBound
    while position < range.upperBound {
      let scalar = UTF8Scalars.read(text, position..<range.upperBound)
      appendDecomposition(of: scalar.value, to: &scalars)
      position = scalar.end
    }
    Self.reorder(&scalars)
    if composes { Self.compose(&scalars) }
    for scalar in scalars { UTF8Scalars.append(scalar, to: &normalized) }
  }

  private func appendDecomposition(of scalar: UInt32, to scalars: inout [UInt32]) {
    if Hangul.syllables.contains(scalar) {
      Hangul.append(decompositionOf: scalar, to: &scalars)
    } else if let decomposition =
      isCompatibility ? Decompositions.shared.compatibility(scalar) : Decompositions.shared.canonical(scalar)
    {
      scalars += decomposition.scalars
    } else {
      scalars.append(scalar)
    }
  }

  /// Puts each run of marks into the order of their classes, equals as they are.
  private static func reorder(_ scalars: inout [UInt32]) {
    var start = 0
    while start < scalars.count {
      var end = start
      while end < scalars.count, Decompositions.combiningClass(scalars[end]) != 0 { end += 1 }
      if end - start > 1 {
        let ordered = scalars[start..<end].enumerated().sorted {
          (Decompositions.combiningClass($0.element), $0.offset) < (
            Decompositions.combiningClass($1.element), $1.offset
          )
        }
        scalars.replaceSubrange(start..<end, with: ordered.map(\.element))
      }
      start = max(end, start) + 1
    }
  }

  private static func compose(_ scalars: inout [UInt32]) {
    var composed: [UInt32] = []
    var starter: Int?
    var lastClass = -1
    for scalar in scalars {
      let combiningClass = Int(Decompositions.combiningClass(scalar))
      // Between the starter and this scalar stands nothing of its class or a higher one.
      if let starter, lastClass < combiningClass,
        let composite = Decompositions.shared.composite(composed[starter], scalar)
      {
        composed[starter] = composite
        continue
      }
      if combiningClass == 0 { starter = composed.count }
      lastClass = combiningClass == 0 ? -1 : combiningClass
      composed.append(scalar)
    }
    scalars = composed
  }
}
