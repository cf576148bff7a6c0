import Inference
import Testing

/// Random requests, small caches: whatever happens, nobody reads another's keys, blocks are never lost, and everyone
/// gets the answer that it would get alone.
@Suite struct SchedulerSimulationTests {
  @Test(arguments: 0..<300)
  func `invariants hold and answers are right in a random run`(seed: UInt64) {
    var simulation = Simulation(seed: seed)
    while simulation.isUnfinished {
      simulation.stepCount += 1
      guard simulation.stepCount < 20_000 else {
        Issue.record("no progress")
        return
      }
      simulation.submitSomething()
      simulation.cancelSomething()
      simulation.step()
    }
    #expect(simulation.scheduler.usedBlockCount == 0)
    #expect(simulation.scheduler.submitterCount <= simulation.scheduler.configuration.blockCount)
  }
}

private struct Simulation {
  private struct Client {
    let prompt: [Int32]
    let generatedCount: Int
    let salt: String
    let isScore: Bool
    let slot: Int
    var answer: [Int32] = []

    var tokens: [Int32] { prompt + answer }
    var goalCount: Int { isScore ? prompt.count - 1 : prompt.count + answer.count }
  }

  private(set) var scheduler: Scheduler
  var stepCount = 0
  private var generator: SeededGenerator
  private var model: PretendModel
  private var clients: [SequenceID: Client] = [:]
  private var submittedCount = 0
  private let texts: [[Int32]]

  private static let requestCount = 40

  var isUnfinished: Bool { submittedCount < Self.requestCount || !clients.isEmpty }

  init(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    let batch = Int.random(in: 1...6, using: &generator)
    let configuration = Scheduler.Configuration(
      maximumBatch: batch,
      tokenBudget: batch + Int.random(in: 0...12, using: &generator),
      prefillChunk: Int.random(in: 1...9, using: &generator),
      blockCount: Int.random(in: 3...14, using: &generator),
      blockSize: Int.random(in: 1...5, using: &generator),
      longContextStart: Bool.random(using: &generator) ? Int.random(in: 2...20, using: &generator) : nil,
      usesPrefixCache: Int.random(in: 0..<4, using: &generator) > 0
    )
    scheduler = Scheduler(configuration)
    model = PretendModel(blockSize: configuration.blockSize)
    texts = (0..<3).map { _ in (0..<24).map { _ in Int32.random(in: 0..<3, using: &generator) } }
    self.generator = generator
  }

  private mutating func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  // MARK: - Events

  mutating func submitSomething() {
    // Often several at once, as choices of one request come.
    while submittedCount < Self.requestCount, random(0...2) == 0 {
      let limit = min(scheduler.positionCapacity, 24)
      let isScore = limit > 1 && random(0...4) == 0
      let promptCount = random((isScore ? 2 : 1)...limit)
      let generatedCount = isScore ? 0 : random(1...limit - promptCount + 1)
      var prompt = Array(texts[random(0...2)].prefix(promptCount))
      if random(0...3) == 0 { prompt[random(0...promptCount - 1)] = Int32(random(0...2)) }
      let request = Scheduler.Request(
        id: SequenceID(submittedCount),
        tokens: prompt,
        positionLimit: isScore ? promptCount - 1 : promptCount + generatedCount - 1,
        goal: isScore ? .score(from: random(1...promptCount - 1)) : .continuation,
        salt: ["", "a", "b"][random(0...2)],
        priority: random(0...5) == 0 ? random(-1...1) : 0
      )
      submittedCount += 1
      guard case .accepted(let slot) = scheduler.submit(request) else {
        Issue.record("every request fits")
        continue
      }
      clients[request.id] = Client(
        prompt: prompt,
        generatedCount: generatedCount,
        salt: request.salt,
        isScore: isScore,
        slot: slot
      )
    }
  }

  mutating func cancelSomething() {
    guard random(0...40) == 0, let id = clients.keys.sorted().randomElement(using: &generator) else { return }
    #expect(scheduler.cancel(id) == .removed)
    clients[id] = nil
  }

  mutating func step() {
    guard scheduler.plan() else {
      #expect(clients.isEmpty)
      return
    }
    check(scheduler.step)
    compute(scheduler.step)
    for slice in scheduler.step.slices where slice.isLast { take(slice) }
    scheduler.finishStep()
    #expect(scheduler.runningCount + scheduler.waitingCount == clients.count)
    // What the reference counts say is what the tables show.
    #expect(scheduler.usedBlockCount == Set(clients.values.flatMap { scheduler.blockTable(at: $0.slot) }).count)
  }

  private mutating func take(_ slice: Scheduler.Slice) {
    guard var client = clients[slice.id] else {
      Issue.record("only live sequences are planned")
      return
    }
    if !client.isScore, let digest = digests(client).last {
      client.answer.append(PretendModel.token(after: digest))
    }
    if client.isScore || client.answer.count == client.generatedCount {
      scheduler.end(sequenceAt: slice.slot)
      clients[slice.id] = nil
      let expected = PretendModel.answer(
        client.prompt,
        count: client.generatedCount,
        salt: client.salt,
        longContextStart: scheduler.configuration.longContextStart
      )
      #expect(client.answer == expected)
    } else {
      scheduler.append(client.answer[client.answer.count - 1], toSequenceAt: slice.slot)
      clients[slice.id] = client
    }
  }

  // MARK: - What must hold

  private func digests(_ client: Client) -> [UInt64] {
    let isLong = scheduler.configuration.longContextStart.map { client.tokens.count > $0 } ?? false
    return PretendModel.digests(client.tokens, salt: client.salt, isLong: isLong)
  }

  private func check(_ step: Scheduler.Step) {
    let configuration = scheduler.configuration
    #expect(step.rowCount <= configuration.tokenBudget)
    #expect(step.rowCount == step.slices.reduce(0) { $0 + $1.count })
    #expect(step.slices.count <= configuration.maximumBatch)
    #expect(Set(step.slices.map(\.id)).count == step.slices.count)
    #expect(Set(step.preempted).isDisjoint(with: step.slices.map(\.id)))
    for slice in step.slices {
      let (client, table) = (clients[slice.id], scheduler.blockTable(at: slice.slot))
      #expect(slice.count > 0 && slice.count <= max(1, configuration.prefillChunk))
      #expect(slice.isLast == (slice.start + slice.count == client?.goalCount))
      #expect(Set(table).count == table.count)
      #expect(table.count * configuration.blockSize >= slice.start + slice.count)
    }
  }

  private mutating func compute(_ step: Scheduler.Step) {
    var written: Set<[Int]> = []
    for slice in step.slices {
      guard let client = clients[slice.id] else { continue }
      model.write(slice, digests(client), scheduler.blockTable(at: slice.slot), written: &written)
    }
    for slice in step.slices {
      guard let client = clients[slice.id] else { continue }
      #expect(model.holds(slice, digests(client), scheduler.blockTable(at: slice.slot)))
    }
  }
}
