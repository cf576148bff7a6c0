/// Finds strings of a set at a position of a text.
struct TokenTrie: Sendable {
  private static let none = UInt32.max
  static let root: UInt32 = 0

  private var children = PairTable()
  /// The number of the string that ends in a node; `none` elsewhere.
  private var ends: [UInt32] = [none]
  /// Which bytes begin a string: most positions of a text need no further look.
  private var startsString = Array(repeating: false, count: 256)

  var isEmpty: Bool { ends.count == 1 }

  init() {}

  init(_ strings: [(index: Int, bytes: [UInt8])]) {
    for (index, bytes) in strings { insert(bytes[...], index: index) }
  }

  /// The first of two equal strings stays; an empty one is never found.
  mutating func insert(_ bytes: ArraySlice<UInt8>, index: Int) {
    guard let first = bytes.first else { return }
    startsString[Int(first)] = true
    var node = Self.root
    for byte in bytes {
      if let child = children[node, UInt32(byte)] {
        node = UInt32(child)
      } else {
        children[node, UInt32(byte)] = UInt64(ends.count)
        node = UInt32(ends.count)
        ends.append(Self.none)
      }
    }
    if ends[Int(node)] == Self.none { ends[Int(node)] = UInt32(index) }
  }

  func canStart(with byte: UInt8) -> Bool { startsString[Int(byte)] }

  /// The node after `byte`; nil where no string goes on like this.
  @inline(__always)
  func child(of node: UInt32, _ byte: UInt8) -> UInt32? { children[node, UInt32(byte)].map(UInt32.init) }

  /// The number of the string that ends in `node`.
  @inline(__always)
  func end(_ node: UInt32) -> Int? {
    let end = ends[Int(node)]
    return end == Self.none ? nil : Int(end)
  }

  /// The node that `bytes` lead to from the root.
  func node(after bytes: [UInt8]) -> UInt32? {
    var node = Self.root
    for byte in bytes {
      guard let child = child(of: node, byte) else { return nil }
      node = child
    }
    return node
  }

  /// The longest string that begins at the start of `range`, read from `node` on.
  func longestMatch(
    in text: Span<UInt8>,
    _ range: Range<Int>,
    from node: UInt32 = root
  ) -> (index: Int, end: Int)? {
    var longest: (index: Int, end: Int)?
    var node = node
    for position in range {
      guard let child = child(of: node, text[position]) else { break }
      node = child
      if let index = end(node) { longest = (index, position + 1) }
    }
    return longest
  }
}
