/// Finds the longest of many byte strings at a position.
struct TokenTrie: Sendable {
  private var children = PairTable()
  /// The index of the string that ends in a node; nil elsewhere. Node 0 is the root.
  private var ends: [Int?] = [nil]
  /// Which bytes begin a string: most positions of a text need no further look.
  private var startsString = Array(repeating: false, count: 256)

  var isEmpty: Bool { ends.count == 1 }

  init(_ strings: [(index: Int, bytes: [UInt8])]) {
    for (index, bytes) in strings where !bytes.isEmpty { insert(bytes, index: index) }
  }

  private mutating func insert(_ bytes: [UInt8], index: Int) {
    startsString[Int(bytes[0])] = true
    var node: UInt32 = 0
    for byte in bytes {
      if let child = children[node, UInt32(byte)] {
        node = child
      } else {
        children[node, UInt32(byte)] = UInt32(ends.count)
        node = UInt32(ends.count)
        ends.append(nil)
      }
    }
    ends[Int(node)] = ends[Int(node)] ?? index
  }

  func longestMatch(in text: [UInt8], at start: Int) -> (index: Int, length: Int, end: Int)? {
    guard startsString[Int(text[start])] else { return nil }
    var longest: (index: Int, length: Int, end: Int)?
    var node: UInt32 = 0
    var position = start
    while position < text.count, let child = children[node, UInt32(text[position])] {
      node = child
      position += 1
      if let index = ends[Int(node)] { longest = (index, position - start, position) }
    }
    return longest
  }
}
