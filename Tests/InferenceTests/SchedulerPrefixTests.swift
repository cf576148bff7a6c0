import Inference
import Testing

/// What sequences share of the cache. Blocks have 4 positions.
@Suite struct SchedulerPrefixTests {
  @Test func `a prompt that was computed before begins behind its full blocks`() {
    var driver = SchedulerDriver()
    driver.submit(0, count: 11, text: 1)
    driver.step()
    driver.step(ending: [0])
    driver.submit(1, count: 11, text: 1)
    #expect(driver.plan() == [[1, 8, 3, 1]])
    #expect(driver.scheduler.counters.prefixQueryTokenCount == 22)
    #expect(driver.scheduler.counters.prefixHitTokenCount == 8)
  }

  @Test(arguments: [(8, 4), (9, 8), (12, 8), (13, 12)])
  func `the last token is always computed`(count: Int, start: Int) {
    var driver = SchedulerDriver(chunk: 16)
    driver.submit(0, count: count, text: 1)
    driver.step(ending: [0])
    driver.submit(1, count: count, text: 1)
    #expect(driver.plan() == [[1, start, count - start, 1]])
  }

  @Test func `generated tokens are found again`() {
    var driver = SchedulerDriver(chunk: 16)
    driver.submit(0, count: 6, text: 1)
    for _ in 0..<6 { driver.step() }
    driver.step(ending: [0])
    let tokens = (0..<6).map { Int32(1000 + $0) } + [7, 7, 7, 7, 7, 7]
    let outcome = driver.scheduler.submit(
      Scheduler.Request(id: SequenceID(1), tokens: tokens + [8], positionLimit: 20)
    )
    #expect(outcome == .accepted(slot: 0))
    #expect(driver.plan() == [[1, 12, 1, 1]])
  }

  @Test func `submitters share nothing`() {
    var driver = SchedulerDriver(chunk: 16)
    driver.submit(0, count: 11, text: 1, salt: "a")
    driver.step(ending: [0])
    driver.submit(1, count: 11, text: 1, salt: "b")
    #expect(driver.step(ending: [1]) == [[1, 0, 11, 1]])
    // The same character, composed and decomposed: salts are bytes.
    driver.submit(2, count: 11, text: 1, salt: "\u{e9}")
    driver.step(ending: [2])
    driver.submit(3, count: 11, text: 1, salt: "e\u{301}")
    #expect(driver.plan() == [[3, 0, 11, 1]])
  }

  @Test func `long contexts share nothing with short ones`() {
    var driver = SchedulerDriver(chunk: 16, longContextStart: 9)
    driver.submit(0, count: 9, text: 1)
    driver.step(ending: [0])
    driver.submit(1, count: 10, text: 1)
    #expect(driver.step(ending: [1]) == [[1, 0, 10, 1]])
    driver.submit(2, count: 10, text: 1)
    #expect(driver.step(ending: [2]) == [[2, 8, 2, 1]])
    driver.submit(3, count: 9, text: 1)
    #expect(driver.step(ending: [3]) == [[3, 8, 1, 1]])
  }

  @Test func `prompts that are submitted together are computed once`() {
    var driver = SchedulerDriver(batch: 8, budget: 32)
    for id in 0..<5 { driver.submit(id, count: 20, text: 1) }
    driver.submit(5, count: 3)
    #expect(driver.step() == [[5, 0, 3, 1], [0, 0, 8, 0]])
    #expect(driver.step() == [[5, 3, 1, 1], [0, 8, 8, 0]])
    // Behind the common blocks each computes its own.
    #expect(
      driver.step() == [[5, 4, 1, 1], [0, 16, 4, 1], [1, 16, 4, 1], [2, 16, 4, 1], [3, 16, 4, 1], [4, 16, 4, 1]]
    )
    #expect(driver.scheduler.counters.prefixHitTokenCount == 64)
    // The last block is full too, and kept once; the other prompt has two.
    #expect(driver.scheduler.usedBlockCount == 5 + 2)
  }

  @Test func `whoever waits for a block computes it when the other one leaves`() {
    var driver = SchedulerDriver()
    driver.submit(0, count: 20, text: 1)
    driver.submit(1, count: 20, text: 1)
    #expect(driver.step() == [[0, 0, 8, 0]])
    #expect(driver.cancel(0) == .removed)
    #expect(driver.plan() == [[1, 8, 8, 0]])
  }

  @Test func `nobody waits for a block of lower priority`() {
    var driver = SchedulerDriver(budget: 8)
    driver.submit(0, count: 20, text: 1, priority: 0)
    driver.step()
    driver.submit(1, count: 20, text: 1, priority: 1)
    #expect(driver.plan() == [[1, 8, 8, 0]])
  }

  @Test func `a block that two computed at once is kept once`() {
    var driver = SchedulerDriver()
    driver.submit(0, count: 3, text: 1)
    driver.submit(1, count: 3, text: 1)
    driver.step()
    driver.step()
    #expect(driver.blocks(0).count == 1)
    #expect(driver.scheduler.usedBlockCount == 1)
    #expect(driver.blocks(0) == driver.blocks(1))
    driver.step()
    #expect(driver.scheduler.usedBlockCount == 3)
  }

  @Test func `who gave way finds its blocks again`() {
    var driver = SchedulerDriver(chunk: 16, blocks: 5)
    driver.submit(0, count: 7)
    driver.submit(1, count: 9)
    driver.step()
    driver.step()
    #expect(driver.plan() == [[0, 8, 1, 1]])
    #expect(driver.preempted == [1])
    driver.finish(ending: [0])
    // Its last block went to the other one.
    #expect(driver.plan() == [[1, 8, 3, 1]])
    #expect(driver.scheduler.counters.prefixQueryTokenCount == 16)
  }

  @Test func `the least recently used block goes first, the end of a text before its beginning`() {
    var driver = SchedulerDriver(chunk: 16, blocks: 6)
    for id in 0..<2 {
      driver.submit(id, count: 9, text: id + 1)
      driver.step(ending: [id])
    }
    // 4 blocks are cached, 2 have no contents. A third text takes these and the last block of the first.
    driver.submit(2, count: 9, text: 3)
    driver.step(ending: [2])
    #expect(driver.scheduler.evictedBlockCount == 1)
    driver.submit(3, count: 9, text: 1)
    #expect(driver.step(ending: [3]) == [[3, 4, 5, 1]])
    driver.submit(4, count: 9, text: 3)
    #expect(driver.step(ending: [4]) == [[4, 8, 1, 1]])
  }

  @Test func `a score uses cached blocks only where it needs no logits`() {
    var driver = SchedulerDriver(chunk: 16)
    driver.submit(0, count: 13, text: 1)
    driver.step(ending: [0])
    driver.submit(1, count: 13, limit: 12, text: 1, goal: .score(from: 1))
    #expect(driver.step(ending: [1]) == [[1, 0, 12, 1]])
    driver.submit(2, count: 13, limit: 12, text: 1, goal: .score(from: 10))
    #expect(driver.step(ending: [2]) == [[2, 8, 4, 1]])
  }

  @Test func `without the prefix cache nothing is kept`() {
    var driver = SchedulerDriver(chunk: 16, usesPrefixCache: false)
    for id in 0..<2 {
      driver.submit(id, count: 11, text: 1)
      #expect(driver.step(ending: [id]) == [[id, 0, 11, 1]])
    }
    #expect(driver.scheduler.counters == Scheduler.Counters())
  }

  @Test func `a submitter is forgotten with its last block`() {
    var driver = SchedulerDriver(chunk: 16, blocks: 4)
    for id in 0..<20 {
      driver.submit(id, count: 9, text: id, salt: "submitter \(id)")
      driver.step(ending: [id])
      #expect(driver.scheduler.submitterCount <= 3)
    }
  }
}
