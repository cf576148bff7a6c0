import JSON

/// Tokens by id and ids by token. Tokens are compared by their bytes, never by canonical equivalence.
struct Vocabulary: Sendable {
  /// Ids are dense in every real file; this bound keeps a hostile one from asking for gigabytes.
  static let idLimit = 1 << 22

  private var ids: [ArraySlice<UInt8>: Int] = [:]
  /// nil where no token has the id.
  private var tokens: [ArraySlice<UInt8>?] = []

  /// One more than the largest id.
  var size: Int { tokens.count }

  init() {}

  /// Reads the `vocab` object of a model: token → id.
  init(_ section: JSONSection) throws(TokenizerError) {
    guard let members = section.value.object else { throw section.malformed("an object of tokens is expected") }
    ids.reserveCapacity(members.count)
    for (token, id) in members {
      guard let id = id.integer else { throw section.malformed("the id of a token is not an integer") }
      try insert(token, id: id, at: section)
    }
  }

  /// Adds a token. One that is already there with the same id is no error: added tokens repeat those of the model.
  mutating func insert(_ token: String, id: Int, at section: JSONSection) throws(TokenizerError) {
    guard (0..<Self.idLimit).contains(id) else {
      throw section.malformed("the id \(id) is outside 0..<\(Self.idLimit)")
    }
    let bytes = Array(token.utf8)[...]
    if let known = ids[bytes] {
      guard known == id else { throw section.malformed("one token has the ids \(known) and \(id)") }
      return
    }
    while tokens.count <= id { tokens.append(nil) }
    guard tokens[id] == nil else { throw section.malformed("two tokens have the id \(id)") }
    tokens[id] = bytes
    ids[bytes] = id
  }

  func id(of token: ArraySlice<UInt8>) -> Int? { ids[token] }

  func id(of token: String) -> Int? { ids[Array(token.utf8)[...]] }

  /// The bytes as the vocabulary spells them; nil when no token has this id.
  func bytes(of id: Int) -> ArraySlice<UInt8>? {
    tokens.indices.contains(id) ? tokens[id] : nil
  }

  var longestTokenByteCount: Int {
    tokens.reduce(0) { max($0, $1?.count ?? 0) }
  }

  /// Every token with its id, in the order of ids.
  var entries: some Sequence<(id: Int, bytes: ArraySlice<UInt8>)> {
    tokens.enumerated().lazy.compactMap { id, bytes in bytes.map { (id, $0) } }
  }
}
