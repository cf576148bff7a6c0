internal import CKernels
internal import Glibc

extension Kernels {
  /// The lowest index of the largest logit; NaN never wins. nil when there is no number at all.
  package func argmax(_ logits: Span<Float>) -> Int? {
    let index = unsafe logits.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return -1 }
      return unsafe ck_argmax_f32(level.code, start, buffer.count)
    }
    return index < 0 ? nil : index
  }

  /// The lowest index of the largest logit; nil if a logit is NaN or +∞, or if all are −∞.
  package func strictArgmax(_ logits: Span<Float>) -> Int? {
    let index = unsafe logits.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return -1 }
      return unsafe ck_strict_argmax_f32(level.code, start, buffer.count)
    }
    return index < 0 ? nil : index
  }

  /// The largest of some logits, and the sum of exp((logit - largest) / temperature): NaN if a logit is NaN or +∞, or
  /// if all are −∞. Of none: -∞ and 0.
  package func exponentialSum(_ logits: Span<Float>, temperature: Float) -> (maximum: Float, sum: Float) {
    precondition(temperature > 0, "a temperature is above 0; 0 means argmax")
    return unsafe logits.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress, buffer.count > 0 else { return (-.infinity, 0) }
      let parts = unsafe ck_exponential_sum_f32(level.code, start, 1 / temperature, buffer.count)
      return (parts.maximum, parts.sum)
    }
  }

  /// probabilities = softmax(logits / temperature); both [count], count > 0.
  package func softmax(_ logits: Span<Float>, temperature: Float = 1, into probabilities: inout MutableSpan<Float>) {
    precondition(logits.count == probabilities.count, "softmax writes as many values as it reads")
    precondition(temperature > 0, "a temperature is above 0; 0 means argmax")
    unsafe logits.withUnsafeBufferPointer { source in
      unsafe probabilities.withUnsafeMutableBufferPointer { target in
        guard let x = source.baseAddress, let y = target.baseAddress else { return }
        unsafe ck_softmax_f32(level.code, x, 1 / temperature, source.count, y)
      }
    }
  }

  /// logits[i] = -infinity for each token i whose bit, i % 64 of mask[i / 64], is not set.
  package func exclude(from logits: inout MutableSpan<Float>, unless mask: Span<UInt64>) {
    precondition(mask.count * 64 >= logits.count, "a mask has a bit for each logit")
    unsafe logits.withUnsafeMutableBufferPointer { logits in
      unsafe mask.withUnsafeBufferPointer { mask in
        guard let x = logits.baseAddress, let bits = mask.baseAddress else { return }
        unsafe ck_mask_f32(level.code, x, logits.count, bits)
      }
    }
  }

  /// log(sum(exp(logits))); logits[i] - logSumExp is the log-probability of token i. -infinity for none.
  package func logSumExp(_ logits: Span<Float>) -> Double {
    unsafe logits.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return -.infinity }
      let parts = unsafe ck_exponential_sum_f32(level.code, start, 1, buffer.count)
      return Double(parts.maximum) + log(Double(parts.sum))
    }
  }
}
