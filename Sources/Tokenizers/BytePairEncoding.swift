import JSON

/// Byte-pair encoding: scalars are merged pair by pair, the lowest rank first, the leftmost first among equals.
/// Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units".
struct BytePairEncoding: Sendable {
  private let vocabulary: Vocabulary
  /// Ids of the tokens that are a single scalar, by its UTF-8 bytes in one number.
  private let scalarTokens: PairTable
  /// Ids of the byte tokens `<0x00>` … `<0xFF>`; nil without byte fallback and for absent ones.
  private let byteTokens: [UInt32?]
  private let unknownID: UInt32?
  private let fusesUnknown: Bool
  /// Takes a piece that is itself a token without merging.
  private let ignoresMerges: Bool
  private let merges: Merges

  /// Whether a run of unknown scalars becomes a single token.
  var canFuseUnknown: Bool { fusesUnknown && unknownID != nil && byteTokens.contains(nil) }

  init(_ section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) {
    try Self.refuseUnsupportedSettings(section)
    self.vocabulary = vocabulary
    unknownID = try section.unknownID(in: vocabulary).map(UInt32.init)
    fusesUnknown = try section.bool("fuse_unk", absent: false)
    ignoresMerges = try section.bool("ignore_merges", absent: false)
    scalarTokens = Self.scalarTokens(vocabulary)
    let fallsBack = try section.bool("byte_fallback", absent: false)
    byteTokens = (0...0xff).map { fallsBack ? vocabulary.id(of: Self.byteToken(UInt8($0))[...]).map(UInt32.init) : nil }
    var bases = Set(byteTokens.compactMap { $0 })
    if let unknownID { bases.insert(unknownID) }
    merges = try Merges(try section.section("merges"), vocabulary, bases: bases)
  }

  private static func refuseUnsupportedSettings(_ section: JSONSection) throws(TokenizerError) {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      guard try (section.optionalString(key) ?? "").isEmpty else { throw section.unsupported("the setting “\(key)”") }
    }
    if let dropout = try section.optionalSection("dropout"), dropout.value.double != 0 {
      throw dropout.unsupported("merge dropout")
    }
  }

  /// The spelling of a byte token, as `<0x0A>`.
  static func byteToken(_ byte: UInt8) -> [UInt8] {
    let digits = String(byte, radix: 16, uppercase: true)
    return Array((byte < 0x10 ? "<0x0\(digits)>" : "<0x\(digits)>").utf8)
  }

  func tokenize(_ piece: ArraySlice<UInt8>, into ids: inout [Int]) {
    if ignoresMerges, let id = vocabulary.id(of: piece) {
      ids.append(id)
      return
    }
    var run = MergeRun(merges)
    var hasPendingUnknown = false
    var position = piece.startIndex
    while position < piece.endIndex {
      let end = min(position + UTF8Scalars.length(lead: piece[position]), piece.endIndex)
      let scalar = piece[position..<end]
      position = end
      if let token = token(of: scalar) {
        if hasPendingUnknown { appendUnknown(to: &run, &ids, &hasPendingUnknown) }
        run.append(token, flushingInto: &ids)
      } else if scalar.allSatisfy({ byteTokens[Int($0)] != nil }) {
        for byte in scalar { if let token = byteTokens[Int(byte)] { run.append(token, flushingInto: &ids) } }
      } else {
        // As in the reference implementation, an unknown token waits here for the next known scalar.
        if hasPendingUnknown && !fusesUnknown { appendUnknown(to: &run, &ids, &hasPendingUnknown) }
        hasPendingUnknown = unknownID != nil
      }
    }
    if hasPendingUnknown { appendUnknown(to: &run, &ids, &hasPendingUnknown) }
    run.flush(into: &ids)
  }

  private func token(of scalar: ArraySlice<UInt8>) -> UInt32? {
    scalarTokens[0, Self.packed(scalar)]
  }

  private static func packed(_ scalar: ArraySlice<UInt8>) -> UInt32 {
    scalar.reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func scalarTokens(_ vocabulary: Vocabulary) -> PairTable {
    var table = PairTable()
    for (id, bytes) in vocabulary.entries {
      guard let lead = bytes.first, bytes.count == UTF8Scalars.length(lead: lead) else { continue }
      table[0, packed(bytes)] = UInt32(id)
    }
    return table
  }

  private func appendUnknown(to run: inout MergeRun, _ ids: inout [Int], _ isPending: inout Bool) {
    if let unknownID { run.append(unknownID, flushingInto: &ids) }
    isPending = false
  }
}
