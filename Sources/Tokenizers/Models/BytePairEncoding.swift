import JSON

/// Byte-pair encoding: symbols are merged pair by pair, the lowest rank first, the leftmost first among equals.
/// Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units".
///
/// Symbols are scalars; or bytes, where the vocabulary spells bytes as visible characters (GPT-2).
struct BytePairEncoding: Sendable {
  struct Settings: Sendable {
    var unknownID: UInt32?
    /// A run of unknown symbols becomes a single token.
    var fusesUnknown = false
    /// An unknown scalar becomes its byte tokens `<0x00>` … `<0xFF>`, where all of them are there.
    var fallsBackToBytes = false
    /// Takes a piece that is itself a token without merging.
    var ignoresMerges = false
    /// Stands before every symbol of a piece but the first, as `##`.
    var prefix: [UInt8] = []
    /// Stands behind the last symbol of a piece, as `</w>`.
    var suffix: [UInt8] = []
  }

  let rules: MergeRules
  private let settings: Settings
  private let symbols: SymbolTable
  /// Where text can be cut before merging without changing the result; nil where pieces are short anyway.
  private let seams: MergeSeams?
  /// Tokens as they stand in text; only for `ignoresMerges`.
  private let wholePieces: Vocabulary?
  private let byteTokens: [UInt32?]

  /// - Parameter takesBytes: the vocabulary spells bytes as visible characters, and pieces come as plain bytes.
  init(_ vocabulary: Vocabulary, _ rules: MergeRules, _ settings: Settings, takesBytes: Bool) {
    self.rules = rules
    self.settings = settings
    symbols = SymbolTable(vocabulary, prefix: settings.prefix, suffix: settings.suffix, takesBytes: takesBytes)
    byteTokens = (0...0xff).map {
      settings.fallsBackToBytes ? vocabulary.id(of: Self.byteToken(UInt8($0))).map(UInt32.init) : nil
    }
    let bases = Set(byteTokens.compactMap { $0 } + [settings.unknownID].compactMap { $0 })
    seams =
      takesBytes || !settings.prefix.isEmpty || !settings.suffix.isEmpty
      ? nil : MergeSeams(rules, vocabulary, bases: bases)
    wholePieces = settings.ignoresMerges ? takesBytes ? vocabulary.unspelled : vocabulary : nil
  }

  /// The spelling of a byte token, as `<0x0A>`.
  static func byteToken(_ byte: UInt8) -> [UInt8] {
    let digits = String(byte, radix: 16, uppercase: true)
    return Array((byte < 0x10 ? "<0x0\(digits)>" : "<0x\(digits)>").utf8)
  }

  /// The most bytes that one unknown token stands for; nil when there is no bound.
  var unknownByteCount: Int? {
    settings.fusesUnknown && settings.unknownID != nil && byteTokens.contains(nil) ? nil : 4
  }

  /// Whether text can be lost, because nothing stands for what is unknown.
  var losesText: Bool { settings.unknownID == nil && byteTokens.contains(nil) && !symbols.hasEveryByte }

  func tokenize(_ text: Span<UInt8>, _ piece: Range<Int>, _ scratch: inout EncodingScratch, into ids: inout [Int]) {
    if let id = wholePieces?.id(of: text, piece) {
      ids.append(id)
      return
    }
    guard let key = WordCache.key(text, piece) else { return merge(text, piece, &scratch, into: &ids) }
    if scratch.cache.append(key, to: &ids) { return }
    let start = ids.count
    merge(text, piece, &scratch, into: &ids)
    scratch.cache.insert(key, ids[start...])
  }

  private func merge(
    _ text: Span<UInt8>,
    _ piece: Range<Int>,
    _ scratch: inout EncodingScratch,
    into ids: inout [Int]
  ) {
    var run = PendingRun(start: piece.lowerBound)
    var position = piece.lowerBound
    while position < piece.upperBound {
      let end = symbols.end(of: text, position..<piece.upperBound)
      let symbol = symbols.id(
        text,
        position..<end,
        isFirst: position == piece.lowerBound,
        isLast: end == piece.upperBound
      )
      if let symbol {
        flushUnknown(&run, &scratch)
        append(symbol, at: position, text, &run, &scratch, into: &ids)
      } else if !appendBytes(text, position..<end, piece, &run, &scratch) {
        // As in the reference implementation, an unknown token waits here for the next known scalar.
        if !settings.fusesUnknown { flushUnknown(&run, &scratch) }
        run.hasPendingUnknown = settings.unknownID != nil
        run.isPlain = false
      }
      position = end
    }
    flushUnknown(&run, &scratch)
    flush(text, run.start..<piece.upperBound, run, &scratch, into: &ids)
  }

  /// Where the symbols not yet merged come from.
  private struct PendingRun {
    var start: Int
    var hasPendingUnknown = false
    /// Only known symbols: the bytes say what the ids are.
    var isPlain = true
  }

  /// Adds a symbol; first merges the run when no merge can reach across the border.
  @inline(__always)
  private func append(
    _ symbol: UInt32,
    at position: Int,
    _ text: Span<UInt8>,
    _ run: inout PendingRun,
    _ scratch: inout EncodingScratch,
    into ids: inout [Int]
  ) {
    if let seams, let last = scratch.run.symbols.last, !seams.canJoin(last, symbol) {
      flush(text, run.start..<position, run, &scratch, into: &ids)
      run = PendingRun(start: position)
    }
    scratch.run.symbols.append(symbol)
  }

  private func flush(
    _ text: Span<UInt8>,
    _ range: Range<Int>,
    _ run: PendingRun,
    _ scratch: inout EncodingScratch,
    into ids: inout [Int]
  ) {
    guard seams != nil, run.isPlain, scratch.run.symbols.count > 1, let key = WordCache.key(text, range) else {
      return scratch.run.flush(rules, into: &ids)
    }
    if scratch.cache.append(key, to: &ids) {
      scratch.run.symbols.removeAll(keepingCapacity: true)
      return
    }
    let start = ids.count
    scratch.run.flush(rules, into: &ids)
    scratch.cache.insert(key, ids[start...])
  }

  private func flushUnknown(_ run: inout PendingRun, _ scratch: inout EncodingScratch) {
    guard run.hasPendingUnknown, let unknownID = settings.unknownID else { return }
    scratch.run.symbols.append(unknownID)
    run.hasPendingUnknown = false
  }

  /// The byte tokens of an unknown scalar, with prefix and suffix; false unless all are there.
  private func appendBytes(
    _ text: Span<UInt8>,
    _ scalar: Range<Int>,
    _ piece: Range<Int>,
    _ run: inout PendingRun,
    _ scratch: inout EncodingScratch
  ) -> Bool {
    guard settings.fallsBackToBytes else { return false }
    var bytes = scalar.lowerBound == piece.lowerBound ? [] : settings.prefix
    bytes.append(text, scalar)
    if scalar.upperBound == piece.upperBound { bytes += settings.suffix }
    let tokens = bytes.compactMap { byteTokens[Int($0)] }
    guard tokens.count == bytes.count else { return false }
    scratch.run.symbols += tokens
    run.isPlain = false
    return true
  }
}

extension BytePairEncoding.Settings {
  init(_ section: JSONSection, _ vocabulary: Vocabulary) throws(TokenizerError) {
    if let dropout = try section.optionalSection("dropout"), dropout.value.double != 0 {
      throw dropout.unsupported("merge dropout")
    }
    unknownID = try section.unknownID(in: vocabulary).map(UInt32.init)
    fusesUnknown = try section.bool("fuse_unk", absent: false)
    fallsBackToBytes = try section.bool("byte_fallback", absent: false)
    ignoresMerges = try section.bool("ignore_merges", absent: false)
    prefix = try Self.affix("continuing_subword_prefix", in: section)
    suffix = try Self.affix("end_of_word_suffix", in: section)
  }

  /// Short in every real file; byte fallback would repeat a long one for each scalar.
  private static func affix(_ key: String, in section: JSONSection) throws(TokenizerError) -> [UInt8] {
    let affix = Array((try section.optionalString(key) ?? "").utf8)
    guard affix.count <= 64 else { throw section.malformed("“\(key)” has \(affix.count) bytes; 64 are allowed") }
    return affix
  }
}
