import Inference
import Testing

@Suite struct SchedulerTests {
  @Test func `nothing submitted, nothing planned`() {
    var driver = SchedulerDriver()
    #expect(driver.plan() == [])
    #expect(driver.plan() == [])
  }

  @Test func `a prompt goes in chunks, then one token a step`() {
    var driver = SchedulerDriver()
    #expect(driver.submit(0, count: 20, limit: 30) == .accepted(slot: 0))
    for slice in [[0, 0, 8, 0], [0, 8, 8, 0], [0, 16, 4, 1], [0, 20, 1, 1], [0, 21, 1, 1]] {
      #expect(driver.step() == [slice])
    }
    #expect(driver.step(ending: [0]) == [[0, 22, 1, 1]])
    #expect(driver.plan() == [])
    #expect(driver.scheduler.usedBlockCount == 0)
  }

  @Test func `decode rows come before prompts and the budget holds`() {
    var driver = SchedulerDriver(budget: 10)
    for (id, count) in [(0, 1), (1, 20), (2, 5)] { driver.submit(id, count: count, limit: 60) }
    #expect(driver.step() == [[0, 0, 1, 1], [2, 0, 5, 1], [1, 0, 4, 0]])
    #expect(driver.step() == [[0, 1, 1, 1], [2, 5, 1, 1], [1, 4, 8, 0]])
    #expect(driver.step() == [[0, 2, 1, 1], [2, 6, 1, 1], [1, 12, 8, 1]])
  }

  @Test func `more sequences than the batch holds wait in their order`() {
    var driver = SchedulerDriver(batch: 2)
    for id in 0..<4 { driver.submit(id, count: 2, limit: 8) }
    #expect(driver.planIDs() == [0, 1])
    #expect(driver.scheduler.waitingCount == 2)
    driver.finish(ending: [0])
    #expect(driver.planIDs() == [1, 2])
    driver.finish(ending: [1, 2])
    #expect(driver.planIDs() == [3])
  }

  @Test func `a long prompt at the head is not overtaken for want of blocks`() {
    var driver = SchedulerDriver(blocks: 4)
    driver.submit(0, count: 8, limit: 16)
    driver.submit(1, count: 12, limit: 12)
    driver.submit(2, count: 1, limit: 1)
    #expect(driver.planIDs() == [0])
    driver.finish(ending: [0])
    #expect(driver.planIDs() == [2, 1])
  }

  @Test func `the newest gives its blocks to an older one and is computed again`() {
    var driver = SchedulerDriver(blocks: 4, usesPrefixCache: false)
    driver.submit(0, count: 8, limit: 16)
    driver.submit(1, count: 7, limit: 16)
    #expect(driver.step() == [[1, 0, 7, 1], [0, 0, 8, 1]])
    #expect(driver.plan() == [[0, 8, 1, 1]])
    #expect(driver.preempted == [1])
    #expect(driver.blocks(0).count == 3)
    driver.finish()
    #expect(driver.scheduler.waitingCount == 1)
    // Its 8 tokens need 2 blocks; 1 is free until the older one has ended.
    #expect(driver.step(ending: [0]) == [[0, 9, 1, 1]])
    #expect(driver.plan() == [[1, 0, 8, 1]])
  }

  @Test func `the newest waits with its blocks when it needs one itself`() {
    var driver = SchedulerDriver(blocks: 4)
    driver.submit(0, count: 5, limit: 16)
    driver.submit(1, count: 8, limit: 16)
    driver.step()
    for position in 5..<8 {
      #expect(driver.step() == [[0, position, 1, 1]])
      #expect(driver.scheduler.runningCount == 2)
    }
    _ = driver.plan()
    #expect(driver.preempted == [1])
  }

  @Test func `what can never fit is refused at once`() {
    var driver = SchedulerDriver(blocks: 4)
    #expect(driver.submit(0, count: 1, limit: 17) == .exceedsCapacity)
    #expect(driver.submit(0, count: 1, limit: 16) == .accepted(slot: 0))
    #expect(driver.scheduler.positionCapacity == 16)
  }

  @Test func `a score ends with the token before its last`() {
    var driver = SchedulerDriver()
    driver.submit(0, count: 11, limit: 10, goal: .score(from: 3))
    #expect(driver.step() == [[0, 0, 8, 0]])
    #expect(driver.scheduler.step.slices[0].neededFrom == 2)
    #expect(driver.step(ending: [0]) == [[0, 8, 2, 1]])
    #expect(driver.plan() == [])
  }

  @Test func `a sequence that grows beyond the start of long contexts is computed again in other blocks`() {
    var driver = SchedulerDriver(longContextStart: 9)
    driver.submit(0, count: 8, limit: 20)
    #expect(driver.step() == [[0, 0, 8, 1]])
    let short = driver.blocks(0)
    #expect(driver.step() == [[0, 8, 1, 1]])
    #expect(driver.plan() == [[0, 0, 8, 0]])
    #expect(Set(driver.blocks(0)).isDisjoint(with: short))
    driver.finish()
    #expect(driver.step() == [[0, 8, 2, 1]])
    #expect(driver.step() == [[0, 10, 1, 1]])
  }
}
