/// Which sequences share a pack.
///
/// A pack is a list of sequences that stay apart: each has its own positions and sees itself alone, because a batch here
/// is sequences of their own lengths anyway. Packing only evens out how much one step costs.
package enum Packing {
  /// Best-fit decreasing (Ding et al. 2024, as in TRL): longest first, each into the pack with the least room that is
  /// enough, of equal ones the oldest. The order of packs and of their members is that of TRL.
  ///
  /// - Parameters:
  ///   - lengths: Tokens of each sequence; empty ones go into no pack.
  ///   - capacity: Tokens of a pack at most.
  /// - Returns: Packs as indices into `lengths`.
  /// - Precondition: no length is above `capacity`.
  package static func bestFitDecreasing(_ lengths: [Int], capacity: Int) -> [[Int]] {
    let ordered = lengths.indices.filter { lengths[$0] > 0 }
      .sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var packs: [[Int]] = []
    var open = OpenPacks(capacity: capacity)
    for index in ordered {
      let length = lengths[index]
      precondition(length <= capacity, "a sequence of \(length) tokens does not fit into \(capacity)")
      let room: Int
      let pack: Int
      if let found = open.takeSmallest(withRoom: length) {
        (room, pack) = found
      } else {
        (room, pack) = (capacity, packs.count)
        packs.append([])
      }
      packs[pack].append(index)
      open.insert(pack, room: room - length)
    }
    return packs
  }
}

/// Packs by the room that is left, with the smallest sufficient room found in logarithmic time.
private struct OpenPacks {
  private let leafCount: Int
  /// A binary tree over rooms from 0: whether any pack below has that room.
  private var isOccupied: [Bool]
  /// The packs of each room, oldest first; those before `firsts` are taken.
  private var packs: [[Int]]
  private var firsts: [Int]

  init(capacity: Int) {
    var leafCount = 1
    while leafCount <= capacity { leafCount *= 2 }
    self.leafCount = leafCount
    isOccupied = Array(repeating: false, count: 2 * leafCount)
    packs = Array(repeating: [], count: capacity + 1)
    firsts = Array(repeating: 0, count: capacity + 1)
  }

  mutating func insert(_ pack: Int, room: Int) {
    // A full pack takes nothing more.
    guard room > 0 else { return }
    packs[room].append(pack)
    mark(room, true)
  }

  mutating func takeSmallest(withRoom least: Int) -> (room: Int, pack: Int)? {
    guard let room = smallestRoom(atLeast: least) else { return nil }
    let pack = packs[room][firsts[room]]
    firsts[room] += 1
    if firsts[room] == packs[room].count {
      packs[room] = []
      firsts[room] = 0
      mark(room, false)
    }
    return (room, pack)
  }

  private mutating func mark(_ room: Int, _ value: Bool) {
    var node = leafCount + room
    isOccupied[node] = value
    while node > 1 {
      node /= 2
      isOccupied[node] = isOccupied[2 * node] || isOccupied[2 * node + 1]
    }
  }

  private func smallestRoom(atLeast least: Int) -> Int? {
    var node = leafCount + least
    // Up until a subtree to the right, then down its left edge.
    while !isOccupied[node] {
      while node & 1 == 1 {
        node /= 2
        if node <= 1 { return nil }
      }
      node += 1
    }
    while node < leafCount { node = isOccupied[2 * node] ? 2 * node : 2 * node + 1 }
    return node - leafCount
  }
}
