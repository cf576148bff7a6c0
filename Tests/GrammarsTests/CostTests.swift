import FuzzTestSupport
import Glibc
import Grammars
import GrammarsTestSupport
import JSON
import SharedTestData
import Testing

/// The processor time of this thread: what runs beside a test does not count.
private enum ThreadClock {
  static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}

@Suite(.needsSharedData, .serialized) struct CostTests {
  static let schema: JSONValue = [
    "type": "object",
    "properties": [
      "name": ["type": "string", "maxLength": 40], "age": ["type": "integer", "minimum": 0, "maximum": 120],
      "email": ["type": "string", "format": "email"],
      "tags": ["type": "array", "items": ["type": "string", "pattern": "^[a-z -]{2,20}$"], "maxItems": 8],
      "children": ["type": "array", "items": ["$ref": "#"], "maxItems": 4],
    ],
    "required": ["name", "age", "email", "tags"],
    "additionalProperties": false,
  ]

  /// What `fill` and `advance` take together at each step of some answers.
  private struct Costs {
    /// The grammar's first answers, over a vocabulary that other grammars have used.
    var first: [Duration] = []
    /// The same answers again.
    var again: [Duration] = []

    static func quantile(_ share: Double, of durations: [Duration]) -> Duration {
      durations.sorted()[Int(share * Double(durations.count - 1))]
    }
  }

  private func costs(_ vocabulary: TokenVocabulary) throws -> Costs {
    let grammar = try Grammar.schema(Self.schema)
    _ = answer(try GrammarMasks(grammar: .anyObject(), vocabulary: vocabulary), seed: 0)
    let masks = try GrammarMasks(grammar: grammar, vocabulary: vocabulary)
    var costs = Costs()
    for seed in 0..<40 as Range<UInt64> { costs.first += answer(masks, seed: seed) }
    for seed in 0..<40 as Range<UInt64> { costs.again += answer(masks, seed: seed) }
    return costs
  }

  private func answer(_ masks: GrammarMasks, seed: UInt64) -> [Duration] {
    var choice = RandomChoice(generator: SeededGenerator(state: seed), isEven: seed.isMultiple(of: 2))
    var constraint = masks.makeConstraint()
    var mask = Array(repeating: 0 as UInt64, count: masks.vocabulary.wordCount)
    var durations: [Duration] = []
    for _ in 0..<100 where !constraint.hasEnded {
      let start = ThreadClock.now
      constraint.fill(mask: &mask)
      let filled = ThreadClock.now
      guard let token = choice.token(in: mask) else { break }
      let chosen = ThreadClock.now
      constraint.advance(token)
      durations.append((filled - start) + (ThreadClock.now - chosen))
    }
    return durations
  }

  /// Processor time on one core of an EPYC, the clock's included: cached 4 µs in the median, 16 µs at the 99th
  /// percentile; first 4 µs and 0.8 ms, at most 1.0 ms; the vocabulary 0.1 s, once.
  @Test func `a mask over 151 936 tokens costs microseconds once it was made, a millisecond before`() throws {
    let costs = try costs(try Vocabularies.qwenVocabulary.get())
    #expect(Costs.quantile(0.5, of: costs.again) < .microseconds(15))
    #expect(Costs.quantile(0.99, of: costs.again) < .microseconds(100))
    #expect(Costs.quantile(0.99, of: costs.first) < .milliseconds(5))
  }

  /// Likewise 2 µs, most of it the clock's, and 10 µs.
  @Test func `a mask over 512 tokens costs microseconds from the beginning`() throws {
    let costs = try costs(try Vocabularies.storiesVocabulary.get())
    #expect(Costs.quantile(0.5, of: costs.again) < .microseconds(10))
    #expect(Costs.quantile(0.99, of: costs.first) < .microseconds(200))
  }

  /// The dearest states: nearly every token may follow, and each count of repetitions is a state of its own.
  @Test func `a state of an expression that allows most tokens costs a few milliseconds`() throws {
    let vocabulary = try Vocabularies.qwenVocabulary.get()
    let masks = try GrammarMasks(grammar: .expression("(\\w|\\s){5,300}"), vocabulary: vocabulary)
    #expect(Costs.quantile(0.5, of: answer(masks, seed: 0)) < .milliseconds(8))
  }
}
