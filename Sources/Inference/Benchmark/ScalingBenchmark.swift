package import Models

/// How a model's speed changes with the batch and with the context.
///
/// All points are measured in turn, round after round, so that a slow minute of the machine touches all of them alike.
package struct ScalingBenchmark {
  package struct Plan: Sendable, Hashable {
    package var batches: [Int]
    /// Tokens of the prompts when the batch grows.
    package var batchPrompt: Int
    package var contexts: [Int]
    /// Decode steps of a measurement; the contexts include them.
    package var stepCount: Int
    package var rounds: Int

    package init(batches: [Int], batchPrompt: Int, contexts: [Int], stepCount: Int, rounds: Int) {
      self.batches = batches
      self.batchPrompt = batchPrompt
      self.contexts = contexts
      self.stepCount = stepCount
      self.rounds = rounds
    }

    /// What the largest measurements need.
    package var shapes: [(batch: Int, positionCount: Int)] {
      [(batches.max() ?? 1, batchPrompt + stepCount), (1, contexts.max() ?? 1)]
    }
  }

  package struct Curves: Sendable {
    package let decodeByBatch: ScalingCurve
    package let decodeByContext: ScalingCurve
    package let prefillByContext: ScalingCurve
  }

  private let plan: Plan
  private let byBatch: EngineBenchmark
  private let byContext: EngineBenchmark

  package init(_ model: CausalLanguageModel, _ plan: Plan) {
    self.plan = plan
    let benchmarks = plan.shapes.map {
      EngineBenchmark(model, maximumBatch: $0.batch, positionCount: $0.positionCount)
    }
    (byBatch, byContext) = (benchmarks[0], benchmarks[1])
  }

  /// - Parameter progress: is told the share of the rounds that is done.
  package func run(progress: (Double) -> Void) throws(InferenceError) -> Curves {
    var batches = [SpeedSamples](repeating: SpeedSamples(), count: plan.batches.count)
    var contexts = [SpeedSamples](repeating: SpeedSamples(), count: plan.contexts.count)
    var prefills = contexts
    // The first round warms up.
    for round in 0...plan.rounds {
      for (index, batch) in plan.batches.enumerated() {
        let duration = try byBatch.decode(
          try byBatch.prefill(batch: batch, tokenCount: plan.batchPrompt),
          stepCount: plan.stepCount
        )
        if round > 0 { batches[index].append(batch * plan.stepCount, in: duration) }
      }
      for (index, context) in plan.contexts.enumerated() {
        let prompt = context - plan.stepCount
        let prefilled = try byContext.prefill(batch: 1, tokenCount: prompt)
        let duration = try byContext.decode(prefilled, stepCount: plan.stepCount)
        if round > 0 {
          prefills[index].append(prompt, in: prefilled.duration)
          contexts[index].append(plan.stepCount, in: duration)
        }
      }
      progress(Double(round + 1) / Double(plan.rounds + 1))
    }
    return Curves(
      decodeByBatch: Self.curve(plan.batches, batches),
      decodeByContext: Self.curve(plan.contexts, contexts),
      prefillByContext: Self.curve(plan.contexts, prefills)
    )
  }

  private static func curve(_ sizes: [Int], _ speeds: [SpeedSamples]) -> ScalingCurve {
    ScalingCurve(zip(sizes, speeds).map { ScalingCurve.Point(size: $0, speed: $1) })
  }
}
