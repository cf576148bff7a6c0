import Inference
import Models
import SharedTestData
import Tensors
import Testing

struct BenchmarkTests {
  @Test func `the median of an even number of samples is the mean of the two in the middle`() {
    #expect(SpeedSamples([4, 1, 3, 2]).median == 2.5)
    #expect(SpeedSamples([9, 1, 5]).median == 5)
    #expect(SpeedSamples([9, 1, 5]).least == 1 && SpeedSamples([9, 1, 5]).greatest == 9)
  }

  @Test func `a sample is units per second`() {
    var samples = SpeedSamples()
    samples.append(128, in: .milliseconds(500))
    #expect(samples.median == 256)
  }

  @Test func `a point under the line between its neighbours sags, one above does not`() {
    let curve = curve([1: 10, 2: 12, 4: 40, 8: 60])
    let sags = curve.sags
    #expect(sags.map(\.size) == [2, 4])
    // The line from (1, 10) to (4, 40) is at 20 above 2, that from (2, 12) to (8, 60) at 28 above 4.
    #expect(abs(sags[0].sag - 0.4) < 1e-12)
    #expect(abs(sags[1].sag - (1 - 40.0 / 28)) < 1e-12)
  }

  @Test(arguments: [[:], [1: 10], [1: 10, 2: 20]])
  func `a curve of two points cannot sag`(speeds: [Int: Double]) {
    #expect(curve(speeds).sags.isEmpty)
  }

  @Test(.needsSharedData, arguments: [(2, 1), (5, 4), (64, 63), (300, 150), (512, 1)])
  func `every token but the first is predicted once, whatever the windows`(length: Int, stride: Int) throws {
    let pool = ThreadPool(threads: 1)
    let model = try CausalLanguageModel.load(directory: SharedData.path + "/models/stories260K", pool: pool)
    let windows = QualityComparison.Windows(length: length, stride: stride)
    var comparison = QualityComparison([model], windows: windows)
    let document = (0..<70).map { Int32($0 * 7 % 512) }
    try comparison.read(document)
    #expect(comparison.predictionCount == 69)
    try comparison.read(document, limit: 100)
    #expect(comparison.predictionCount == 100)
    let quality = try #require(comparison.qualities.first)
    #expect(quality.perplexity > 1 && quality.agreement == 1 && quality.meanDivergence < 1e-9)
  }

  @Test(.needsSharedData) func `sequences of any length are prefilled and decoded`() throws {
    let pool = ThreadPool(threads: 1)
    let model = try CausalLanguageModel.load(directory: SharedData.path + "/models/stories260K", pool: pool)
    let benchmark = EngineBenchmark(model, maximumBatch: 5, positionCount: 303)
    let speed = try benchmark.decodeSpeed(batch: 5, promptCount: 300, stepCount: 3, runs: 2)
    #expect(speed.count == 2 && speed.least > 0)
    #expect(try benchmark.prefillSpeed(tokenCount: 1, runs: 1).count == 1)
  }

  private func curve(_ speeds: [Int: Double]) -> ScalingCurve {
    ScalingCurve(speeds.map { ScalingCurve.Point(size: $0.key, speed: SpeedSamples([$0.value])) })
  }
}
