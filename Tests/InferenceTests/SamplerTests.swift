import Foundation
import Inference
import Tensors
import Testing

@Suite struct SamplerTests {
  private static func sample(
    _ logits: [Float],
    _ parameters: GenerationParameters,
    seed: UInt64 = 1,
    index: Int = 0
  ) -> Int? {
    var workspace = Sampler.Workspace(Reference.kernels)
    return Sampler(parameters, seed: seed).sample(logits.span, index: index, workspace: &workspace)
  }

  @Test func `temperature 0 takes the likeliest token, the lowest id among equals`() {
    #expect(Self.sample([1, 3, 2, 3], GenerationParameters(temperature: 0)) == 1)
    #expect(Self.sample([-.infinity, -5, -5], GenerationParameters(temperature: 0)) == 1)
    #expect(Self.sample([0, -0.0], GenerationParameters(temperature: 0)) == 0)
    #expect(Self.sample([1, 3, 2], GenerationParameters(temperature: 0, logitBias: [1: -2, 0: 0.5])) == 2)
  }

  @Test(arguments: [0.0, 1.0])
  func `logits that are no numbers give no token`(temperature: Double) {
    let parameters = GenerationParameters(temperature: temperature)
    for logits in [[.nan, 1], [1, .nan], [1, .infinity], [-.infinity, -.infinity], []] as [[Float]] {
      #expect(Self.sample(logits, parameters) == nil)
    }
  }

  @Test func `a draw depends on seed and index alone`() {
    let logits = (0..<300).map { Float($0 % 17) / 4 }
    let parameters = GenerationParameters()
    var workspace = Sampler.Workspace(Reference.kernels)
    let sampler = Sampler(parameters, seed: 99)
    let draws = (0..<100).map { sampler.sample(logits.span, index: $0, workspace: &workspace) }
    for index in (0..<100).reversed() {
      #expect(Self.sample(logits, parameters, seed: 99, index: index) == draws[index])
    }
    #expect((0..<100).map { Self.sample(logits, parameters, seed: 100, index: $0) } != draws)
  }

  @Test(arguments: [
    GenerationParameters(), GenerationParameters(temperature: 0.5), GenerationParameters(temperature: 1.7),
    GenerationParameters(topK: 3), GenerationParameters(topP: 0.7), GenerationParameters(topK: 4, topP: 0.6),
    GenerationParameters(temperature: 2, topP: 0.9, logitBias: [0: 3, 4: -100]),
  ])
  func `tokens come as often as their probabilities say`(parameters: GenerationParameters) {
    let logits: [Float] = [2, 1, 1, 0, -1, 1.5, -.infinity, 0.25]
    let count = 20_000
    var counts = [Int](repeating: 0, count: logits.count)
    var workspace = Sampler.Workspace(Reference.kernels)
    let sampler = Sampler(parameters, seed: 5)
    for index in 0..<count {
      if let token = sampler.sample(logits.span, index: index, workspace: &workspace) { counts[token] += 1 }
    }
    let expected = Self.probabilities(logits, parameters)
    for (token, probability) in expected.enumerated() {
      let mean = Double(count) * probability
      let deviation = (mean * (1 - probability)).squareRoot()
      let distance = abs(Double(counts[token]) - mean)
      #expect(distance <= 5 * deviation, "token \(token)")
    }
  }

  /// The definition, without care for speed: sort, cut, normalise.
  private static func probabilities(_ logits: [Float], _ parameters: GenerationParameters) -> [Double] {
    let biased = logits.enumerated().map { Double($1 + (parameters.logitBias[$0] ?? 0)) }
    let weights = biased.map { exp($0 / parameters.temperature) }
    var order = logits.indices.sorted { biased[$0] == biased[$1] ? $0 < $1 : biased[$0] > biased[$1] }
    order = order.filter { weights[$0] >= parameters.minP * weights[order[0]] }
    order = Array(order.prefix(parameters.topK ?? order.count))
    let total = order.reduce(0) { $0 + weights[$1] }
    var kept: [Int] = []
    var sum = 0.0
    for id in order where sum < parameters.topP * total {
      kept.append(id)
      sum += weights[id]
    }
    return logits.indices.map { kept.contains($0) ? weights[$0] / sum : 0 }
  }

  @Test func `top-k of 1 and a tiny top-p are greedy, and a top-k of everything changes nothing`() {
    var generator = SeededGenerator(state: 11)
    for index in 0..<200 {
      let logits = (0..<50).map { _ in Float.random(in: -4...4, using: &generator) }
      let greedy = Self.sample(logits, GenerationParameters(temperature: 0))
      #expect(Self.sample(logits, GenerationParameters(topK: 1), index: index) == greedy)
      #expect(Self.sample(logits, GenerationParameters(topP: 1e-9), index: index) == greedy)
      #expect(
        Self.sample(logits, GenerationParameters(topK: 50), index: index)
          == Self.sample(logits, GenerationParameters(), index: index)
      )
    }
  }

  /// The fast paths work in blocks and by bounds, which only large vocabularies have.
  @Test(arguments: [
    GenerationParameters(), GenerationParameters(topK: 3), GenerationParameters(topK: 70),
    GenerationParameters(topK: 2500), GenerationParameters(topP: 0.02), GenerationParameters(topP: 0.9),
    GenerationParameters(temperature: 2, topP: 0.999), GenerationParameters(minP: 0.01),
    GenerationParameters(topK: 200, topP: 0.5), GenerationParameters(topK: 50, topP: 0.9, minP: 0.05),
  ])
  func `a large vocabulary is cut as sorting cuts it, equal logits and all`(parameters: GenerationParameters) {
    var generator = SeededGenerator(state: 9)
    let logits = (0..<5000).map { _ in Float(Int.random(in: -40...40, using: &generator)) / 8 }
    let expected = Self.probabilities(logits, parameters)
    var sums: [Double] = []
    for probability in expected { sums.append((sums.last ?? 0) + probability) }
    var workspace = Sampler.Workspace(Reference.kernels)
    let sampler = Sampler(parameters, seed: 77)
    for index in 0..<300 {
      let point = Philox.uniform(seed: 77, index: index)
      // A point at the border of two tokens may fall to either: weights are 32-bit floats.
      guard let token = sums.firstIndex(where: { $0 > point }), sums[token] - point > 1e-5,
        point - (sums[token] - expected[token]) > 1e-5
      else { continue }
      #expect(sampler.sample(logits.span, index: index, workspace: &workspace) == token)
    }
  }

  @Test func `equal logits beyond top-k lose to lower ids`() {
    let tokens = (0..<500).map { Self.sample([1, 1, 1, 1], GenerationParameters(topK: 2), index: $0) }
    #expect(Set(tokens) == [0, 1])
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failing case is the same one next time.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
