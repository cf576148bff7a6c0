/// The decompositions behind the four normalisation forms, and the pairs that compose (Unicode Standard Annex 15).
struct Decompositions: Sendable {
  static let shared = Decompositions()

  struct Decomposition: Sendable {
    let scalars: ArraySlice<UInt32>
    /// Whether the canonical composition of `scalars` is the scalar again.
    let composes: Bool
  }

  /// All decompositions one after another.
  private var storage: [UInt32] = []
  /// By (0, scalar) the canonical and by (1, scalar) the compatibility ones: start << 16 | count << 1 | composes.
  private var places = PairTable(minimumCapacity: 6000)
  private var composites = PairTable(minimumCapacity: 1000)
  private var seconds: Set<UInt32> = []

  private init() {
    let canonical = Self.entries(DecompositionData.canonical)
    let compatibility = Self.entries(DecompositionData.compatibility)
    for entry in canonical { insert(entry, kind: 0) }
    for entry in compatibility { insert(entry, kind: 1) }
    addComposites(canonical.filter(\.composes))
  }

  private struct Entry {
    let scalar: UInt32
    let parts: [UInt32]
    let composes: Bool
  }

  private static func entries(_ data: String) -> [Entry] {
    data.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.compactMap { text in
      let numbers = text.split { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ",") }
        .compactMap { UInt32(Substring($0), radix: 16) }
      return numbers.first.map {
        Entry(scalar: $0, parts: Array(numbers.dropFirst()), composes: text.contains(UInt8(ascii: "+")))
      }
    }
  }

  private mutating func insert(_ entry: Entry, kind: UInt32) {
    let place = UInt64(storage.count) << 16 | UInt64(entry.parts.count) << 1 | (entry.composes ? 1 : 0)
    places[kind, entry.scalar] = place
    storage += entry.parts
  }

  /// A composite of three scalars is one of the composite of the first two and the third: shorter ones come first.
  private mutating func addComposites(_ entries: [Entry]) {
    for count in 2...4 {
      for entry in entries where entry.parts.count == count {
        let first = entry.parts.dropLast().dropFirst().reduce(Optional(entry.parts[0])) { composite, part in
          composite.flatMap { self.composite($0, part) }
        }
        guard let first else { continue }
        composites[first, entry.parts[count - 1]] = UInt64(entry.scalar)
        seconds.insert(entry.parts[count - 1])
      }
    }
  }

  func canonical(_ scalar: UInt32) -> Decomposition? { places[0, scalar].map(decomposition) }

  /// The compatibility decomposition; the canonical one where there is no other.
  func compatibility(_ scalar: UInt32) -> Decomposition? { places[1, scalar].map(decomposition) ?? canonical(scalar) }

  private func decomposition(_ place: UInt64) -> Decomposition {
    let start = Int(place >> 16)
    return Decomposition(
      scalars: storage[start..<start + Int(place >> 1 & 0x7fff)],
      composes: place & 1 == 1
    )
  }

  /// The scalar that two compose to; Hangul by arithmetic.
  func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    Hangul.composite(first, second) ?? composites[first, second].map(UInt32.init)
  }

  func composesWithPrevious(_ scalar: UInt32) -> Bool {
    seconds.contains(scalar) || Hangul.vowels.contains(scalar) || Hangul.trails.contains(scalar)
  }

  /// The canonical combining class as of Unicode 9.0, the version of the data.
  static func combiningClass(_ value: UInt32) -> UInt8 {
    guard value >= 0x300, let properties = Unicode.Scalar(value)?.properties,
      properties.canonicalCombiningClass != .notReordered, let age = properties.age, age.major <= 9
    else { return 0 }
    return properties.canonicalCombiningClass.rawValue
  }
}

/// Hangul syllables, whose decomposition is arithmetic (Unicode Standard, section 3.12).
enum Hangul {
  static let leads: Range<UInt32> = 0x1100..<0x1113
  static let vowels: Range<UInt32> = 0x1161..<0x1176
  /// Without the place before the first, which stands for no trailing consonant.
  static let trails: Range<UInt32> = 0x11a8..<0x11c3
  static let syllables: Range<UInt32> = 0xac00..<0xd7a4

  static func append(decompositionOf syllable: UInt32, to scalars: inout [UInt32]) {
    let index = syllable - syllables.lowerBound
    scalars.append(leads.lowerBound + index / 588)
    scalars.append(vowels.lowerBound + index % 588 / 28)
    if index % 28 != 0 { scalars.append(trails.lowerBound - 1 + index % 28) }
  }

  static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if leads.contains(first), vowels.contains(second) {
      return syllables.lowerBound + ((first - leads.lowerBound) * 21 + (second - vowels.lowerBound)) * 28
    }
    guard syllables.contains(first), (first - syllables.lowerBound) % 28 == 0, trails.contains(second) else {
      return nil
    }
    return first + (second - trails.lowerBound + 1)
  }
}
