/// How many steps a run has and which rows each of them takes, counted as transformers' Trainer counts them.
package struct TrainingPlan: Sendable, Hashable {
  package let exampleCount: Int
  package let batchSize: Int
  package let accumulation: Int
  package let batchesPerEpoch: Int
  /// Optimiser steps; the last one of an epoch may have fewer batches.
  package let stepsPerEpoch: Int
  package let totalSteps: Int

  package init(options: TrainingOptions, exampleCount: Int) throws(TrainingError) {
    let batches = options.batches
    guard exampleCount > 0 else { throw .noExamples(split: "train") }
    batchSize = batches.trainBatchSize
    accumulation = batches.accumulation
    self.exampleCount = exampleCount
    batchesPerEpoch = batches.dropsLast ? exampleCount / batchSize : (exampleCount + batchSize - 1) / batchSize
    guard batchesPerEpoch > 0 else {
      throw .fewerExamplesThanBatch(examples: exampleCount, batchSize: batchSize)
    }
    stepsPerEpoch = (batchesPerEpoch + accumulation - 1) / accumulation
    if let steps = options.length.steps {
      totalSteps = steps
    } else {
      let epochs = options.length.epochs
      let steps = (epochs * Double(stepsPerEpoch)).rounded(.up)
      try require("num_train_epochs", epochs, "fewer: they make \(steps) steps", steps <= 1e15)
      totalSteps = Int(steps)
    }
  }

  /// Epochs that are begun.
  package var epochCount: Int { (totalSteps + stepsPerEpoch - 1) / stepsPerEpoch }

  /// Epochs that are done after `step` optimiser steps.
  package func epoch(afterStep step: Int) -> Double {
    let batches = min(step % stepsPerEpoch * accumulation, batchesPerEpoch)
    return Double(step / stepsPerEpoch) + Double(batches) / Double(batchesPerEpoch)
  }

  package func isEpochEnd(_ step: Int) -> Bool { step % stepsPerEpoch == 0 }

  /// Where the optimiser step after `step` others begins: the epoch from 0, and rows of its order that were taken.
  package func position(atStep step: Int) -> (epoch: Int, row: Int) {
    (step / stepsPerEpoch, step % stepsPerEpoch * accumulation * batchSize)
  }

  /// The places in the epoch's order that the optimiser step after `step` others takes, batch by batch.
  package func window(atStep step: Int) -> [Range<Int>] {
    let firstBatch = step % stepsPerEpoch * accumulation
    return (firstBatch..<min(firstBatch + accumulation, batchesPerEpoch)).map { batch in
      batch * batchSize..<min((batch + 1) * batchSize, exampleCount)
    }
  }
}
