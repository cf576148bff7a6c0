/// Who asks, and how much of the engine each has had: whoever has had least is admitted next.
///
/// Service is counted in rows. The clock runs by the rows computed, divided among the submitters that wait, and who
/// begins to wait is served from the clock on at the earliest: neither does idleness save up a claim, nor can ever new
/// names keep an old one waiting, since the clock passes what that one has had.
struct SubmitterTable: Sendable {
  private struct Submitter: Sendable {
    let salt: [UInt8]
    var service: Double
    /// Sequences, and first blocks of texts in the cache.
    var useCount = 0
    var waitingCount = 0
  }

  private var submitters: [Submitter] = []
  private var vacant: [Int] = []
  private var indices: [[UInt8]: Int] = [:]
  private var waitingSubmitterCount = 0
  private var clock = 0.0

  var count: Int { indices.count }

  /// The number of a submitter, in use once more. Salts are told apart by their bytes.
  mutating func use(salt: String) -> Int {
    let salt = Array(salt.utf8)
    let index = indices[salt] ?? add(salt)
    use(index)
    return index
  }

  mutating func use(_ index: Int) { submitters[index].useCount += 1 }

  /// Once less in use; a number that is in use no more is given anew.
  mutating func release(_ index: Int) {
    precondition(submitters[index].useCount > 0, "a submitter was released twice")
    submitters[index].useCount -= 1
    guard submitters[index].useCount == 0 else { return }
    indices[submitters[index].salt] = nil
    vacant.append(index)
  }

  private mutating func add(_ salt: [UInt8]) -> Int {
    let submitter = Submitter(salt: salt, service: clock)
    let index = vacant.popLast() ?? submitters.count
    if index == submitters.count { submitters.append(submitter) } else { submitters[index] = submitter }
    indices[salt] = index
    return index
  }

  // MARK: - Service

  func service(_ index: Int) -> Double { submitters[index].service }

  mutating func beginWaiting(_ index: Int) {
    if submitters[index].waitingCount == 0 {
      waitingSubmitterCount += 1
      submitters[index].service = max(submitters[index].service, clock)
    }
    submitters[index].waitingCount += 1
  }

  mutating func endWaiting(_ index: Int) {
    submitters[index].waitingCount -= 1
    if submitters[index].waitingCount == 0 { waitingSubmitterCount -= 1 }
  }

  mutating func charge(_ rowCount: Int, to index: Int) {
    submitters[index].service += Double(rowCount)
    clock += Double(rowCount) / Double(max(1, waitingSubmitterCount))
  }
}
