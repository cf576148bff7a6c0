import DequeModule

/// Sequences that wait for a place: a lane for each priority of each submitter, in it the oldest first.
struct WaitingQueue: Sendable {
  struct Entry: Sendable {
    let id: SequenceID
    /// Where the scheduler keeps the sequence.
    let slot: Int
  }

  private struct Lane: Sendable {
    let priority: Int
    let submitter: Int
    var entries: Deque<Entry>
    /// Entries at the front that the current scan has passed over.
    var passedCount = 0
  }

  private var lanes: [Lane] = []
  private(set) var count = 0

  var highestPriority: Int? { lanes.lazy.map(\.priority).max() }

  mutating func insert(_ entry: Entry, priority: Int, submitter: Int) {
    count += 1
    guard let lane = lane(priority, submitter) else {
      return lanes.append(Lane(priority: priority, submitter: submitter, entries: [entry]))
    }
    // New ones go to the end; one that had to give way is older than most.
    let isNewest = lanes[lane].entries.last.map { $0.id < entry.id } ?? true
    let index = isNewest ? nil : lanes[lane].entries.firstIndex { entry.id < $0.id }
    lanes[lane].entries.insert(entry, at: index ?? lanes[lane].entries.count)
  }

  /// - Returns: whether it was there.
  mutating func remove(_ id: SequenceID, priority: Int, submitter: Int) -> Bool {
    guard let lane = lane(priority, submitter),
      let index = lanes[lane].entries.firstIndex(where: { $0.id == id })
    else { return false }
    lanes[lane].entries.remove(at: index)
    if index < lanes[lane].passedCount { lanes[lane].passedCount -= 1 }
    if lanes[lane].entries.isEmpty { lanes.remove(at: lane) }
    count -= 1
    return true
  }

  private func lane(_ priority: Int, _ submitter: Int) -> Int? {
    lanes.firstIndex { $0.priority == priority && $0.submitter == submitter }
  }

  // MARK: - A scan

  /// Begins a scan.
  mutating func rewind() {
    for lane in lanes.indices { lanes[lane].passedCount = 0 }
  }

  /// Whose turn it is among those that were not passed over: of the highest priority the submitter that was served
  /// least, of that one the oldest.
  func next(_ submitters: SubmitterTable) -> Entry? {
    var best: Int?
    for lane in lanes.indices where lanes[lane].passedCount < lanes[lane].entries.count {
      if best.map({ comesBefore(lane, $0, submitters) }) ?? true { best = lane }
    }
    return best.map { lanes[$0].entries[lanes[$0].passedCount] }
  }

  /// Passes over the entry that `next` gave.
  mutating func pass(_ entry: Entry, priority: Int, submitter: Int) {
    guard let lane = lane(priority, submitter) else { preconditionFailure("only a waiting entry is passed over") }
    lanes[lane].passedCount += 1
  }

  private func comesBefore(_ left: Int, _ right: Int, _ submitters: SubmitterTable) -> Bool {
    let (a, b) = (lanes[left], lanes[right])
    if a.priority != b.priority { return a.priority > b.priority }
    let (aService, bService) = (submitters.service(a.submitter), submitters.service(b.submitter))
    if aService != bService { return aService < bService }
    return a.entries[a.passedCount].id < b.entries[b.passedCount].id
  }
}
