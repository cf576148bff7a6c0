package import Inference
import Jobs

extension LoadedEmbedder {
  /// Texts per second, tokenising included, in requests of `batch` texts, `runs` times after one that does not count.
  /// - Throws: as `embed`.
  package func speed(of texts: [String], batch: Int, runs: Int) async throws -> SpeedSamples {
    let requests = stride(from: 0, to: texts.count, by: batch).map { start in
      EmbedParameters(model: "", input: texts[start..<min(start + batch, texts.count)].map { .text($0) })
    }
    var samples = SpeedSamples()
    for run in 0...runs {
      let start = ContinuousClock.now
      for request in requests { _ = try await embed(request, model: "") }
      if run > 0 { samples.append(texts.count, in: .now - start) }
    }
    return samples
  }
}
