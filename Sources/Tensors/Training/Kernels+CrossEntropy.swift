internal import CKernels

extension Kernels {
  /// The cross-entropy of each row of logits [labels.count, vocabularySize] with its label; the logits become
  /// d(sum of losses)/d(logits) · scale.
  ///
  /// A label below 0 means no loss: the row becomes zero. Smoothing is that of transformers' LabelSmoother: the loss is
  /// (1 - s) · (−log p[label]) + s · mean(−log p).
  /// - Parameter losses: [labels.count], natural logarithms.
  /// - Parameter hits: whether the label is the first of the largest logits.
  package func crossEntropy(
    _ logits: inout AlignedBuffer,
    labels: [Int32],
    vocabularySize: Int,
    scale: Float,
    labelSmoothing: Float,
    losses: inout AlignedBuffer,
    hits: inout [Bool]
  ) {
    logits.check(rows: labels.count, width: vocabularySize)
    losses.check(rows: 1, width: labels.count)
    precondition(hits.count >= labels.count, "\(labels.count) labels are more than \(hits.count) hits")
    precondition(labelSmoothing >= 0 && labelSmoothing <= 1, "labels cannot be smoothed by \(labelSmoothing)")
    for label in labels { precondition(label < vocabularySize, "label \(label) is outside \(vocabularySize)") }
    unsafe labels.withUnsafeBufferPointer { labels in
      unsafe hits.withUnsafeMutableBufferPointer { hits in
        guard let firstLabel = labels.baseAddress, let firstHit = hits.baseAddress else { return }
        var work = unsafe CrossEntropyWork(
          level: level.code,
          logits: logits.base,
          width: vocabularySize,
          labels: firstLabel,
          scale: scale,
          smoothing: labelSmoothing,
          losses: losses.base,
          hits: firstHit
        )
        let grain = grain(count: labels.count, workPerItem: 16 * vocabularySize)
        unsafe pool.run(count: labels.count, grain: grain, context: &work) { context, first, last in
          unsafe context.assumingMemoryBound(to: CrossEntropyWork.self).pointee.run(first..<last)
        }
      }
    }
  }
}

@unsafe private struct CrossEntropyWork {
  let level: ck_level
  let logits: UnsafeMutablePointer<Float>
  let width: Int
  let labels: UnsafePointer<Int32>
  let scale: Float
  let smoothing: Float
  let losses: UnsafeMutablePointer<Float>
  let hits: UnsafeMutablePointer<Bool>

  func run(_ rows: Range<Int>) {
    for row in rows {
      let logits = unsafe self.logits + row * width, label = unsafe Int(labels[row])
      if label < 0 {
        unsafe logits.update(repeating: 0, count: width)
        unsafe losses[row] = 0
        unsafe hits[row] = false
      } else {
        let result = unsafe ck_cross_entropy_f32(level, logits, width, label, scale, smoothing)
        unsafe losses[row] = result.loss
        unsafe hits[row] = result.is_hit != 0
      }
    }
  }
}
