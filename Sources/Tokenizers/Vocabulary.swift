import JSON

/// Tokens by id and ids by token. Tokens are compared by their bytes, never by canonical equivalence.
struct Vocabulary: Sendable {
  /// Ids are dense in every real file; this bound keeps a hostile one from asking for gigabytes.
  static let idLimit = 1 << 22
  /// All tokens together; five times those of the largest vocabularies.
  private static let byteLimit = 1 << 24

  private struct Place: Sendable {
    /// `absent` where no token has the id.
    var start: UInt32
    var count: UInt32
    static let absent = Place(start: .max, count: 0)
  }

  private static let seed = UInt64.random(in: 0...UInt64.max) | 1

  /// All tokens one after another.
  private var storage: [UInt8] = []
  private var places: [Place] = []
  /// An open-addressing hash table of id + 1; 0 marks an empty slot.
  private var slots: [UInt32] = Array(repeating: 0, count: 16)
  private var count = 0

  /// One more than the largest id.
  var size: Int { places.count }

  init() {}

  /// Reads the `vocab` object of a model: token → id.
  init(_ section: JSONSection) throws(TokenizerError) {
    guard let members = section.value.object else { throw section.malformed("an object of tokens is expected") }
    for (token, id) in members {
      guard let id = id.integer else { throw section.malformed("the id of a token is not an integer") }
      try insert(Array(token.utf8), id: id, at: section.path)
    }
  }

  /// Tokens with the ids 0, 1, 2, … The lists that end here may repeat a token: the first one is found, all are spelled.
  init(listing tokens: some Sequence<[UInt8]>, path: String) throws(TokenizerError) {
    for token in tokens { try append(token, path: path) }
  }

  /// Adds a token with the next id; nothing finds it if there is one of this spelling.
  mutating func append(_ token: [UInt8], path: String) throws(TokenizerError) {
    try reserve(id: size, for: token, path: path)
    if id(of: token) == nil { index(size - 1) }
  }

  /// Adds a token. One that is already there with the same id is no error: added tokens repeat those of the model.
  mutating func insert(_ token: [UInt8], id: Int, at path: String) throws(TokenizerError) {
    if let known = self.id(of: token) {
      guard known == id else {
        throw .malformed(path: path, problem: "one token has the ids \(known) and \(id)")
      }
      return
    }
    guard bytes(of: id) == nil else { throw .malformed(path: path, problem: "two tokens have the id \(id)") }
    try reserve(id: id, for: token, path: path)
    index(id)
  }

  private mutating func reserve(id: Int, for token: [UInt8], path: String) throws(TokenizerError) {
    guard (0..<Self.idLimit).contains(id) else {
      throw .malformed(path: path, problem: "the id \(id) is outside 0..<\(Self.idLimit)")
    }
    guard storage.count + token.count <= Self.byteLimit else {
      throw .malformed(path: path, problem: "the tokens have more than \(Self.byteLimit) bytes")
    }
    while places.count <= id { places.append(.absent) }
    places[id] = Place(start: UInt32(storage.count), count: UInt32(token.count))
    storage += token
  }

  private mutating func index(_ id: Int) {
    count += 1
    if count * 2 > slots.count { grow() }
    let slot = slot(of: storage.span, range(of: id))
    slots[slot] = UInt32(id) + 1
  }

  private mutating func grow() {
    let indexed = slots.filter { $0 != 0 }
    slots = Array(repeating: 0, count: slots.count * 2)
    for entry in indexed {
      let slot = slot(of: storage.span, range(of: Int(entry) - 1))
      slots[slot] = entry
    }
  }

  private func range(of id: Int) -> Range<Int> {
    let start = Int(places[id].start)
    return start..<start + Int(places[id].count)
  }

  func id(of token: [UInt8]) -> Int? { id(of: token.span, 0..<token.count) }

  func id(of token: String) -> Int? { id(of: Array(token.utf8)) }

  func id(of text: Span<UInt8>, _ piece: Range<Int>) -> Int? {
    let entry = slots[slot(of: text, piece)]
    return entry == 0 ? nil : Int(entry) - 1
  }

  private func slot(of text: Span<UInt8>, _ piece: Range<Int>) -> Int {
    var hash = Self.seed
    for position in piece { hash = (hash ^ UInt64(text[position])) &* 0x9e37_79b9_7f4a_7c15 }
    hash ^= hash >> 32
    var slot = Int(truncatingIfNeeded: (hash &* Self.seed) >> 24) & (slots.count - 1)
    while slots[slot] != 0, !isToken(Int(slots[slot]) - 1, text, piece) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private func isToken(_ id: Int, _ text: Span<UInt8>, _ piece: Range<Int>) -> Bool {
    let place = places[id]
    guard Int(place.count) == piece.count else { return false }
    for offset in 0..<piece.count where storage[Int(place.start) + offset] != text[piece.lowerBound + offset] {
      return false
    }
    return true
  }

  /// The bytes as the vocabulary spells them; nil when no token has this id.
  func bytes(of id: Int) -> ArraySlice<UInt8>? {
    places.indices.contains(id) && places[id].start != Place.absent.start ? storage[range(of: id)] : nil
  }

  var longestTokenByteCount: Int {
    places.reduce(0) { max($0, Int($1.count)) }
  }

  /// Every token with its id, in the order of ids.
  var entries: some Sequence<(id: Int, bytes: ArraySlice<UInt8>)> {
    places.indices.lazy.compactMap { id in bytes(of: id).map { (id, $0) } }
  }

  /// The same ids with the bytes that byte-level tokens stand for; those that spell no bytes are left out.
  var unspelled: Vocabulary {
    var unspelled = Vocabulary()
    unspelled.places = Array(repeating: .absent, count: places.count)
    for (id, token) in entries {
      guard let bytes = ByteAlphabet.bytes(spelled: token) else { continue }
      unspelled.places[id] = Place(start: UInt32(unspelled.storage.count), count: UInt32(bytes.count))
      unspelled.storage += bytes
      if unspelled.id(of: bytes) == nil { unspelled.index(id) }
    }
    return unspelled
  }
}
