/// Which checkpoints stay: `save_total_limit`, as transformers keeps it.
package enum CheckpointRetention {
  /// The newest ones, `limit` in all, and always the best and the newest.
  /// - Parameters:
  ///   - steps: of all checkpoints, in any order.
  ///   - limit: nil: all stay.
  ///   - best: the step of the best one; nil where there is none.
  package static func kept(steps: Set<Int>, limit: Int?, best: Int?) -> Set<Int> {
    guard let limit else { return steps }
    let newestFirst = steps.sorted(by: >)
    var kept = Set(newestFirst.prefix(1))
    if let best, steps.contains(best) { kept.insert(best) }
    for step in newestFirst where kept.count < limit { kept.insert(step) }
    return kept
  }
}
