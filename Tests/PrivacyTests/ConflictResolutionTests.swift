import Privacy
import Testing

struct ConflictResolutionTests {
  @Test func `of one type the union stays, with the better score`() {
    #expect(
      resolvingConflicts([Match(.phone, 0..<8, score: 0.5), Match(.phone, 5..<12, score: 0.9)])
        == [Match(.phone, 0..<12, score: 0.9)]
    )
  }

  @Test func `an inner match goes`() {
    #expect(
      resolvingConflicts([Match(.email, 0..<20, score: 0.6), Match(.chineseMobile, 0..<11, score: 0.9)])
        == [Match(.email, 0..<20, score: 0.6)]
    )
  }

  @Test func `on one span the better score wins, then the type declared first`() {
    #expect(
      resolvingConflicts([Match(.phone, 0..<11, score: 0.7), Match(.chineseMobile, 0..<11, score: 0.9)]).map(\.type)
        == [.chineseMobile]
    )
    #expect(
      resolvingConflicts([Match(.creditCard, 0..<18, score: 1), Match(.chineseIdentity, 0..<18, score: 1)]).map(\.type)
        == [.chineseIdentity]
    )
  }

  @Test func `on partial overlap the better score keeps its range and the other the rest`() {
    #expect(
      resolvingConflicts([Match(.phone, 0..<10, score: 0.5), Match(.email, 6..<20, score: 1)])
        == [Match(.phone, 0..<6, score: 0.5), Match(.email, 6..<20, score: 1)]
    )
    #expect(
      resolvingConflicts([Match(.email, 0..<10, score: 1), Match(.phone, 6..<20, score: 0.5)])
        == [Match(.email, 0..<10, score: 1), Match(.phone, 10..<20, score: 0.5)]
    )
  }

  @Test func `any order gives the same disjoint ranges, and no byte is lost`() {
    var generator = SplitMix(state: 3)
    for _ in 0..<2000 {
      let matches = (0..<Int.random(in: 1...7, using: &generator)).map { _ -> Match in
        let start = Int.random(in: 0...20, using: &generator)
        return Match(
          EntityType.allCases.prefix(4).randomElement(using: &generator) ?? .email,
          start..<start + Int.random(in: 1...12, using: &generator),
          score: [0.5, 0.7, 1].randomElement(using: &generator) ?? 1
        )
      }
      let resolved = resolvingConflicts(matches)
      #expect(resolvingConflicts(matches.shuffled(using: &generator)) == resolved)
      #expect(
        zip(resolved, resolved.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound },
        "\(matches)"
      )
      #expect(resolved.allSatisfy { !$0.range.isEmpty })
      #expect(Set(resolved.flatMap(\.range)) == Set(matches.flatMap(\.range)))
    }
  }
}
