import Datasets
import JSON
import Queue
import Registry

/// Reads the rows that a job names and tokenizes them, a page at a time, on several threads.
struct FinetuneRows: Sendable {
  let datasets: DatasetRegistry
  let attempt: JobAttempt
  let threads: Int

  /// JSON of a page: large enough for all threads, and small beside a model.
  private static let pageByteCount = 8 << 20

  /// Waits for a database that is away, as the attempt does.
  func tokenized(
    _ dataset: String,
    by builder: ExampleBuilder,
    split: EvaluationSplit? = nil
  ) async throws -> TokenizedRows {
    var rows = TokenizedRows(builder, split: split)
    var lastIndex: Int32 = -1
    while true {
      try Task.checkCancellation()
      let page = try await attempt.insisting { [lastIndex] in
        try await datasets.page(
          of: dataset,
          after: lastIndex,
          byteCount: Self.pageByteCount,
          worker: attempt.session.id.description,
          job: attempt.id.job.rawValue,
          attempt: attempt.id.attempt
        )
      }
      guard let last = page.lastIndex else { return rows }
      lastIndex = last
      try await append(page.rows.compactMap(\.object), to: &rows)
    }
  }

  private func append(_ page: [JSONObject], to rows: inout TokenizedRows) async throws {
    guard let first = page.first else { return }
    let tokenizer = try rows.tokenizer(from: first)
    let partSize = (page.count + threads - 1) / threads
    let parts = await withTaskGroup(of: (Int, Result<[TokenizedRow], any Error>).self) { group in
      for start in stride(from: 0, to: page.count, by: partSize) {
        let part = page[start..<min(start + partSize, page.count)]
        group.addTask {
          do {
            return (start, .success(try await onThread { try tokenizer.tokenize(part) }))
          } catch {
            return (start, .failure(error))
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    // Of several wrong rows it is always the first one that is told.
    for part in parts.sorted(by: { $0.0 < $1.0 }) { rows.append(try part.1.get()) }
  }
}
