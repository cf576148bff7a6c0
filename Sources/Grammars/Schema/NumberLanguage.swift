/// The decimal texts of the numbers in a range, as JSON spells them, without exponent.
///
/// A number has at most 15 significant digits (an integer 18): so many every binary64 reader tells apart, and a text
/// that satisfies a bound still does after rounding.
struct NumberLanguage {
  struct Bound: Hashable {
    var value: Decimal
    var isExclusive: Bool
  }

  var isInteger: Bool
  var lower: Bound?
  var upper: Bound?
  var step: DecimalStep?

  private static let numberDigits = 15
  private static let integerDigits = 18

  func automaton() throws(GrammarError) -> ByteAutomaton? {
    var nfa = ByteNFA()
    let start = try nfa.makeNode()
    let end = try nfa.makeNode()
    if upper?.value.isNegative != true {
      let isPositive = lower?.value.isNegative == false
      try magnitudes(from: isPositive ? lower : nil, to: upper).append(to: &nfa, from: start, end: end)
    }
    if lower?.value.isNegative != false {
      let minus = try nfa.append([UInt8(ascii: "-")], from: start)
      // Above zero, so that no “-0” comes up.
      let zero = Bound(value: .zero, isExclusive: true)
      try magnitudes(from: upper?.value.isNegative == true ? upper : zero, to: lower)
        .append(to: &nfa, from: minus, end: end)
    }
    if !isInteger && lower == nil && upper == nil && step == nil {
      var compiler = RegexCompiler(encoding: .utf8)
      nfa.connect(try compiler.append(Self.scientific, to: &nfa, from: start), to: end)
    }
    return try nfa.determinized(from: start, accepting: end)
  }

  private func magnitudes(from lower: Bound?, to upper: Bound?) -> Magnitudes {
    Magnitudes(
      lower: lower,
      upper: upper,
      digits: isInteger ? Self.integerDigits : Self.numberDigits,
      isInteger: isInteger,
      step: step
    )
  }

  /// `-?(0|[1-9]\d{0,14})(\.\d{1,15})?[eE][+-]?\d{1,2}`: only where no bound asks for the value.
  private static let scientific: RegexNode = {
    let digit = RegexNode.characters(CodePointSet([0x30...0x39]))
    func optional(_ node: RegexNode) -> RegexNode { .repetition(node, minimum: 0, maximum: 1) }
    func one(of characters: String) -> RegexNode {
      .characters(CodePointSet(characters.unicodeScalars.map { $0.value...$0.value }))
    }
    return .sequence([
      optional(one(of: "-")),
      .alternatives([
        one(of: "0"), .sequence([one(of: "123456789"), .repetition(digit, minimum: 0, maximum: 14)]),
      ]),
      optional(.sequence([one(of: "."), .repetition(digit, minimum: 1, maximum: 15)])),
      one(of: "eE"), optional(one(of: "+-")), .repetition(digit, minimum: 1, maximum: 2),
    ])
  }()
}

/// Digit strings between two magnitudes, compared from the left.
private struct Magnitudes {
  let lower: NumberLanguage.Bound?
  let upper: NumberLanguage.Bound?
  let digits: Int
  let isInteger: Bool
  let step: DecimalStep?

  private struct Place: Hashable {
    /// Digits still to come before the point, and allowed after it.
    var remaining: Int
    var fraction: Int
    /// Digits read, while a bound still equals all of them; 0 otherwise.
    var position = 0
    var equalsLower: Bool
    var equalsUpper: Bool
    var remainder = 0
    /// Nil before the point, then the digits after it.
    var places: Int?
    var isFirst = true
  }

  private struct Construction {
    var numbers: [Place: Int32] = [:]
    var pending: [Place] = []
  }

  func append(to nfa: inout ByteNFA, from start: Int32, end: Int32) throws(GrammarError) {
    var construction = Construction()
    let shortest = lower?.value.integer.count ?? 1
    let longest = upper?.value.integer.count ?? max(digits, shortest + 1)
    guard shortest <= longest else { return }
    for count in shortest...longest {
      let place = Place(
        remaining: count,
        fraction: isInteger ? 0 : min(max(0, digits - count), step?.places ?? digits),
        equalsLower: count == lower?.value.integer.count,
        equalsUpper: count == upper?.value.integer.count
      )
      nfa.connect(start, to: try number(place, &construction, &nfa))
    }
    while let place = construction.pending.popLast() {
      try expand(place, &construction, &nfa, end: end)
    }
  }

  private func number(
    _ place: Place,
    _ construction: inout Construction,
    _ nfa: inout ByteNFA
  ) throws(GrammarError) -> Int32 {
    if let number = construction.numbers[place] { return number }
    let number = try nfa.makeNode()
    construction.numbers[place] = number
    construction.pending.append(place)
    return number
  }

  private func expand(
    _ place: Place,
    _ construction: inout Construction,
    _ nfa: inout ByteNFA,
    end: Int32
  ) throws(GrammarError) {
    guard let node = construction.numbers[place] else { return }
    if place.remaining == 0 {
      if place.places != 0 && isAccepting(place) { nfa.connect(node, to: end) }
      if place.places == nil && place.fraction > 0 {
        var next = place
        next.places = 0
        nfa.connect(node, to: try number(next, &construction, &nfa), on: 0x2e...0x2e)
      }
      if place.places == nil || place.fraction == 0 { return }
    }
    for digit in 0...9 as ClosedRange<UInt8> {
      if place.isFirst && digit == 0 && place.remaining > 1 { continue }
      guard let next = advance(place, digit) else { continue }
      nfa.connect(node, to: try number(next, &construction, &nfa), on: 0x30 + digit...0x30 + digit)
    }
  }

  private func advance(_ place: Place, _ digit: UInt8) -> Place? {
    var next = place
    next.isFirst = false
    if place.equalsLower, let lower {
      let bound = Self.digit(of: lower.value, at: place.position)
      if digit < bound { return nil }
      next.equalsLower = digit == bound
    }
    if place.equalsUpper, let upper {
      let bound = Self.digit(of: upper.value, at: place.position)
      if digit > bound { return nil }
      next.equalsUpper = digit == bound
    }
    next.position = next.equalsLower || next.equalsUpper ? place.position + 1 : 0
    if place.places == nil { next.remaining -= 1 } else { next.fraction -= 1 }
    next.places = place.places.map { $0 + 1 }
    if let step { next.remainder = (place.remainder * 10 + Int(digit)) % step.units }
    return next
  }

  /// Whether the number read so far, zeros after it, is inside.
  private func isAccepting(_ place: Place) -> Bool {
    if place.equalsLower, let lower {
      let rest = Self.hasDigits(lower.value, from: place.position)
      if rest || lower.isExclusive { return false }
    }
    if place.equalsUpper, let upper, upper.isExclusive, !Self.hasDigits(upper.value, from: place.position) {
      return false
    }
    guard let step else { return true }
    let missing = step.places - (place.places ?? 0)
    return place.remainder * DecimalStep.power(of: 10, missing) % step.units == 0
  }

  private static func digit(of value: Decimal, at position: Int) -> UInt8 {
    let index = position - value.integer.count
    if index < 0 { return value.integer[position] }
    return index < value.fraction.count ? value.fraction[index] : 0
  }

  /// Whether a digit other than zero stands at `position` or later.
  private static func hasDigits(_ value: Decimal, from position: Int) -> Bool {
    position < value.integer.count + value.fraction.count
      && (position..<value.integer.count + value.fraction.count).contains { digit(of: value, at: $0) != 0 }
  }
}
