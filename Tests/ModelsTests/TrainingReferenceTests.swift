import Models
import SharedTestData
import Tensors
import Testing

/// Losses, gradients and steps of torch, stored in shared/data.
@Suite(.needsSharedData) struct TrainingReferenceTests {
  @Test(arguments: TrainingReference.all)
  func `loss and gradients are those of torch`(name: String, isAdapter: Bool) throws {
    let reference = try TrainingReference(name, isAdapter: isAdapter)
    let model = try reference.model()
    let loss = model.computeGradients(reference.batch)
    let expected = try #require(reference.losses.first)
    #expect(abs(loss.sum / Double(loss.tokenCount) - expected) <= 1e-5)
    #expect(!model.tensors.isEmpty)
    for (parameter, part) in model.tensors {
      let gradient = parameter.storedGradient(part).values.map { Double($0) }
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let expected = try #require(reference.gradientNorm(part.tensor), "no \(part.tensor)")
      #expect(abs(norm - expected) <= 1e-3 * expected, "\(part.tensor): \(norm), \(expected)")
      let head = reference.gradientHead(part.tensor)
      #expect(!head.isEmpty)
      for (ours, value) in zip(gradient, head) {
        #expect(abs(ours - value) <= 1e-4 * max(abs(value), expected / Double(gradient.count).squareRoot()))
      }
    }
  }

  @Test(arguments: TrainingReference.all)
  func `three steps go where torch goes`(name: String, isAdapter: Bool) throws {
    let reference = try TrainingReference(name, isAdapter: isAdapter)
    let model = try reference.model()
    let before = model.tensors.map { $0.parameter.stored($0.part).values }
    let optimizer = ReferenceAdamW(model)
    for (step, expected) in reference.losses.enumerated() {
      let loss = model.computeGradients(reference.batch)
      #expect(abs(loss.sum / Double(loss.tokenCount) - expected) <= 1e-4 * expected, "step \(step)")
      optimizer.step(model, number: step + 1)
    }
    for ((parameter, part), before) in zip(model.tensors, before) {
      let after = parameter.stored(part).values.map { Double($0) }
      let expected = reference.head(part.tensor)
      #expect(!expected.isEmpty)
      let places = expected.indices.filter { !Self.isRoundingNoise($0, of: part, of: before.count) }
      let way = places.reduce(0) { sum, place in
        let step = expected[place] - Double(before[place])
        return sum + step * step
      }
      let miss = places.reduce(0) { $0 + (after[$1] - expected[$1]) * (after[$1] - expected[$1]) }
      #expect(miss.squareRoot() <= 0.01 * way.squareRoot(), "\(part.tensor): \(miss.squareRoot()), \(way.squareRoot())")
    }
  }

  /// A constant added to all keys changes no softmax: the gradient of their bias is zero but for rounding.
  private static func isRoundingNoise(_ place: Int, of part: ParameterPart, of count: Int) -> Bool {
    if part.tensor.hasSuffix("c_attn.bias") { return (count / 3..<2 * count / 3).contains(place) }
    return part.tensor.hasSuffix("k_proj.bias")
  }
}
