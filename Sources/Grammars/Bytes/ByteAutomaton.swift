/// A deterministic automaton over bytes in which every state can reach an accepting one. State 0 is the start.
struct ByteAutomaton: Sendable, Hashable {
  /// Bytes that no transition tells apart share a class.
  let classes: [UInt8]
  let classCount: Int
  /// `[states, classes]`; -1 where the language ends.
  let transitions: [Int32]
  let isAccepting: [Bool]
  /// Bytes from each state to the nearest accepting one.
  let distances: [Int32]
  /// Whether a state has any transition.
  let continues: [Bool]

  var stateCount: Int { isAccepting.count }

  /// Drops what cannot lead to acceptance; nil when nothing is left.
  init?(classes: [UInt8], classCount: Int, transitions: [Int32], isAccepting: [Bool]) {
    let distances = Self.distances(classCount, transitions, isAccepting)
    guard distances[0] != .max else { return nil }
    var numbers = Array(repeating: -1 as Int32, count: isAccepting.count)
    var count: Int32 = 0
    for state in isAccepting.indices where distances[state] != .max {
      numbers[state] = count
      count += 1
    }
    var kept: [Int32] = []
    for state in isAccepting.indices where numbers[state] >= 0 {
      for target in transitions[state * classCount..<(state + 1) * classCount] {
        kept.append(target < 0 ? -1 : numbers[Int(target)])
      }
    }
    let states = isAccepting.indices.filter { numbers[$0] >= 0 }
    self.classes = classes
    self.classCount = classCount
    self.transitions = kept
    self.isAccepting = states.map { isAccepting[$0] }
    self.distances = states.map { distances[$0] }
    self.continues = states.indices.map { state in
      kept[state * classCount..<(state + 1) * classCount].contains { $0 >= 0 }
    }
  }

  @inline(__always)
  func step(_ state: Int32, _ byte: UInt8) -> Int32 {
    transitions[Int(state) * classCount + Int(classes[Int(byte)])]
  }

  func accepts(_ bytes: some Sequence<UInt8>) -> Bool {
    var state: Int32 = 0
    for byte in bytes {
      state = step(state, byte)
      if state < 0 { return false }
    }
    return isAccepting[Int(state)]
  }

  /// The shortest text from `state` to acceptance, the smallest byte first among equals.
  func shortestCompletion(from state: Int32) -> [UInt8] {
    var state = state
    var bytes: [UInt8] = []
    while distances[Int(state)] > 0 {
      let closer = (UInt8.min...UInt8.max).first { byte in
        let target = step(state, byte)
        return target >= 0 && distances[Int(target)] < distances[Int(state)]
      }
      guard let closer else { preconditionFailure("a distance above zero has a step that shortens it") }
      bytes.append(closer)
      state = step(state, closer)
    }
    return bytes
  }

  /// The bytes of which some text is made.
  var alphabet: [UInt8] {
    let used = (0..<classCount).map { column in
      stride(from: column, to: transitions.count, by: classCount).contains { transitions[$0] >= 0 }
    }
    return (UInt8.min...UInt8.max).filter { used[Int(classes[Int($0)])] }
  }

  /// Breadth first from the accepting states along reversed transitions.
  private static func distances(_ classCount: Int, _ transitions: [Int32], _ isAccepting: [Bool]) -> [Int32] {
    var sources: [[Int32]] = Array(repeating: [], count: isAccepting.count)
    for (index, target) in transitions.enumerated() where target >= 0 {
      sources[Int(target)].append(Int32(index / classCount))
    }
    var distances = isAccepting.map { $0 ? 0 : Int32.max }
    var queue = isAccepting.indices.filter { isAccepting[$0] }
    var next = 0
    while next < queue.count {
      let state = queue[next]
      next += 1
      for source in sources[state] where distances[Int(source)] == .max {
        distances[Int(source)] = distances[state] + 1
        queue.append(Int(source))
      }
    }
    return distances
  }
}
