import JSON

/// The most probable cut of a piece into tokens, by their log-probabilities (Viterbi).
/// Kudo 2018, "Subword Regularization".
struct Unigram: Sendable {
  /// How much worse than the worst token an unknown scalar is.
  private static let unknownPenalty = 10.0

  private let tokens: TokenTrie
  private let scores: [Double]
  private let unknownID: Int?
  private let unknownScore: Double
  private let byteTokens: [Int?]
  /// SentencePiece adds in single precision, Hugging Face in double: near ties fall differently.
  private let roundsToFloat: Bool

  /// - Parameter scores: by id; nil for a token that text does not become, as control tokens in SentencePiece.
  init(
    _ vocabulary: Vocabulary,
    scores: [Double?],
    unknownID: Int?,
    fallsBackToBytes: Bool,
    roundsToFloat: Bool = false
  ) {
    var tokens = TokenTrie()
    for (id, token) in vocabulary.entries where id < scores.count && scores[id] != nil {
      tokens.insert(token, index: id)
    }
    self.tokens = tokens
    self.scores = scores.map { $0 ?? 0 }
    self.unknownID = unknownID
    self.roundsToFloat = roundsToFloat
    let worst = scores.compactMap(\.self).min() ?? 0
    unknownScore = roundsToFloat ? Double(Float(worst) - Float(Self.unknownPenalty)) : worst - Self.unknownPenalty
    byteTokens = (0...0xff).map {
      fallsBackToBytes ? vocabulary.id(of: BytePairEncoding.byteToken(UInt8($0))) : nil
    }
  }

  /// The `vocab` of tokenizer.json, an array of tokens with their scores.
  static func vocabulary(_ section: JSONSection) throws(TokenizerError) -> (Vocabulary, scores: [Double?]) {
    var tokens: [[UInt8]] = []
    var scores: [Double?] = []
    for entry in try section.elements() {
      guard let pair = entry.value.array, pair.count == 2, let token = pair[0].string, let score = pair[1].double else {
        throw entry.malformed("a token and its score are expected")
      }
      tokens.append(Array(token.utf8))
      scores.append(score)
    }
    return (try Vocabulary(listing: tokens, path: section.path), scores)
  }

  init(_ section: JSONSection, _ vocabulary: Vocabulary, scores: [Double?]) throws(TokenizerError) {
    let unknownID = try section.optionalSection("unk_id")?.asInteger()
    if let unknownID, vocabulary.bytes(of: unknownID) == nil {
      throw section.malformed("unk_id \(unknownID) is not in the vocabulary")
    }
    self.init(
      vocabulary,
      scores: scores,
      unknownID: unknownID,
      fallsBackToBytes: try section.bool("byte_fallback", absent: false)
    )
  }

  /// Whether text can be lost, because nothing stands for what is unknown.
  var losesText: Bool { unknownID == nil }

  func tokenize(_ text: Span<UInt8>, _ piece: Range<Int>, _ scratch: inout EncodingScratch, into ids: inout [Int]) {
    guard let key = WordCache.key(text, piece) else { return search(text, piece, &scratch.lattice, into: &ids) }
    if scratch.cache.append(key, to: &ids) { return }
    let start = ids.count
    search(text, piece, &scratch.lattice, into: &ids)
    scratch.cache.insert(key, ids[start...])
  }

  private func search(
    _ text: Span<UInt8>,
    _ piece: Range<Int>,
    _ lattice: inout UnigramLattice,
    into ids: inout [Int]
  ) {
    lattice.reset(piece.count)
    var position = piece.lowerBound
    while position < piece.upperBound {
      let scalarEnd = min(position + UTF8Scalars.length(lead: text[position]), piece.upperBound)
      let offset = position - piece.lowerBound
      var hasScalar = false
      var node = TokenTrie.root
      for index in position..<piece.upperBound {
        guard let child = tokens.child(of: node, text[index]) else { break }
        node = child
        guard let id = tokens.end(node) else { continue }
        hasScalar = hasScalar || index + 1 == scalarEnd
        lattice.offer(from: offset, to: index + 1 - piece.lowerBound, score: sum(scores[id], lattice, offset), id: id)
      }
      if !hasScalar {
        let score = sum(unknownScore, lattice, offset)
        lattice.offer(from: offset, to: scalarEnd - piece.lowerBound, score: score, id: unknownID)
      }
      position = scalarEnd
    }
    append(lattice.bestPath(), text, piece.lowerBound, into: &ids)
  }

  @inline(__always)
  private func sum(_ score: Double, _ lattice: UnigramLattice, _ offset: Int) -> Double {
    let sum = score + lattice.score(at: offset)
    return roundsToFloat ? Double(Float(sum)) : sum
  }

  /// Neighbouring unknown scalars are one token.
  private func append(
    _ path: [UnigramLattice.Step],
    _ text: Span<UInt8>,
    _ start: Int,
    into ids: inout [Int]
  ) {
    var followsUnknown = false
    for step in path {
      guard step.id == unknownID || step.id == nil else {
        ids.append(step.id ?? 0)
        followsUnknown = false
        continue
      }
      let bytes = step.range.compactMap { byteTokens[Int(text[start + $0])] }
      if bytes.count == step.range.count {
        ids += bytes
        followsUnknown = false
      } else if !followsUnknown, let unknownID {
        ids.append(unknownID)
        followsUnknown = true
      }
    }
  }
}

/// The best way to each offset of a piece.
struct UnigramLattice: Sendable {
  struct Step: Sendable {
    let range: Range<Int>
    let id: Int?
  }

  private struct Node: Sendable {
    var score = 0.0
    /// Where the last token of the best way begins; nil while there is no way.
    var start: Int?
    var id: Int?
  }

  private var nodes: [Node] = []

  mutating func reset(_ count: Int) {
    nodes.removeAll(keepingCapacity: true)
    nodes.append(contentsOf: repeatElement(Node(), count: count + 1))
  }

  @inline(__always)
  func score(at offset: Int) -> Double { nodes[offset].score }

  @inline(__always)
  mutating func offer(from start: Int, to end: Int, score: Double, id: Int?) {
    if nodes[end].start == nil || score > nodes[end].score { nodes[end] = Node(score: score, start: start, id: id) }
  }

  func bestPath() -> [Step] {
    var path: [Step] = []
    var end = nodes.count - 1
    while end > 0, let start = nodes[end].start {
      path.append(Step(range: start..<end, id: nodes[end].id))
      end = start
    }
    return path.reversed()
  }
}
