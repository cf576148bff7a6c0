extension ByteAutomaton {
  /// The same texts between quotation marks. Their encoding escapes those inside, so the first bare one ends a text.
  func quoted() -> ByteAutomaton {
    let quotationMark = UInt8(ascii: "\"")
    var classes = classes
    classes[Int(quotationMark)] = UInt8(classCount)
    let width = classCount + 1
    let end = Int32(stateCount + 1)
    var quoted = Array(repeating: -1 as Int32, count: (stateCount + 2) * width)
    quoted[classCount] = 1
    for state in 0..<stateCount {
      let row = (state + 1) * width
      for column in 0..<classCount {
        let target = transitions[state * classCount + column]
        quoted[row + column] = target < 0 ? -1 : target + 1
      }
      let escaped = step(Int32(state), quotationMark)
      quoted[row + classCount] = isAccepting[state] ? end : escaped < 0 ? -1 : escaped + 1
    }
    let isEnd = (0...end).map { $0 == end }
    // Every state led to acceptance before, so it does now: the result is never empty.
    return ByteAutomaton(classes: classes, classCount: width, transitions: quoted, isAccepting: isEnd) ?? self
  }

  /// The JSON strings of this automaton whose length in code points is in bounds; nil when there is none.
  func limited(_ length: StringLength) throws(GrammarError) -> ByteAutomaton? {
    var places = [Place(state: 0, string: JSONString.start(length))]
    var numbers: [Place: Int32] = [places[0]: 0]
    var limited: [Int32] = []
    var next = 0
    while next < places.count {
      let place = places[next]
      next += 1
      for byte in representatives {
        let state = step(place.state, byte)
        guard state >= 0, let string = place.string.step(byte) else {
          limited.append(-1)
          continue
        }
        let target = Place(state: state, string: string)
        if let number = numbers[target] {
          limited.append(number)
          continue
        }
        guard limited.count <= Limits.automatonTransitions else {
          throw GrammarError.automatonTooLarge(limit: Limits.automatonTransitions)
        }
        guard places.count < Limits.automatonStates else {
          throw GrammarError.automatonTooLarge(limit: Limits.automatonStates)
        }
        numbers[target] = Int32(places.count)
        limited.append(Int32(places.count))
        places.append(target)
      }
    }
    let isAccepting = places.map { self.isAccepting[Int($0.state)] && $0.string.isAccepting }
    return ByteAutomaton(
      classes: classes,
      classCount: classCount,
      transitions: limited,
      isAccepting: isAccepting
    )
  }

  private struct Place: Hashable {
    var state: Int32
    var string: JSONString
  }

  /// One byte of each class. The bytes of a class that begin or continue characters differently never lead on from the
  /// same state, because every text here is a JSON string.
  private var representatives: [UInt8] {
    (0..<classCount).map { column in
      (UInt8.min...UInt8.max).first { Int(classes[Int($0)]) == column } ?? 0
    }
  }
}
