import Inference
import Testing

@Suite struct SchedulerFairnessTests {
  @Test func `higher priority is admitted first`() {
    var driver = SchedulerDriver(batch: 1)
    driver.submit(0, count: 4)
    driver.submit(1, count: 4, priority: 1)
    driver.submit(2, count: 4, priority: 2)
    for id in [2, 1, 0] { #expect(driver.step(ending: [id]).map { $0[0] } == [id]) }
  }

  @Test func `a place is taken from the lowest priority, the newest of it`() {
    var driver = SchedulerDriver(batch: 3)
    driver.submit(0, count: 3, priority: 0)
    driver.submit(1, count: 3, priority: 0)
    driver.submit(2, count: 3, priority: 1)
    driver.step()
    driver.submit(3, count: 3, priority: 1)
    #expect(driver.planIDs() == [2, 0, 3])
    #expect(driver.preempted == [1])
    driver.finish()
    driver.submit(4, count: 3, priority: 0)
    #expect(driver.planIDs() == [2, 3, 0])
  }

  @Test func `blocks are taken for a higher priority only if they suffice`() {
    var driver = SchedulerDriver(chunk: 16, blocks: 6)
    driver.submit(0, count: 9, limit: 24, priority: 2)
    driver.submit(1, count: 7, limit: 24, priority: 0)
    driver.step()
    driver.submit(2, count: 16, limit: 24, priority: 1)
    #expect(driver.step() == [[0, 9, 1, 1], [1, 7, 1, 1]])
    driver.submit(3, count: 9, limit: 24, priority: 3)
    #expect(driver.plan() == [[0, 10, 1, 1], [3, 0, 9, 1]])
    #expect(driver.preempted == [1])
  }

  @Test func `prompts of higher priority get rows first`() {
    var driver = SchedulerDriver(budget: 8)
    driver.submit(0, count: 16)
    driver.step()
    driver.submit(1, count: 10, priority: 1)
    #expect(driver.step() == [[1, 0, 8, 0]])
    #expect(driver.step() == [[1, 8, 2, 1], [0, 8, 6, 0]])
  }

  @Test func `long prompts do not hold up a short one`() {
    var driver = SchedulerDriver(batch: 8, blocks: 1000)
    for id in 0..<3 { driver.submit(id, count: 1000) }
    for _ in 0..<4 { driver.step() }
    driver.submit(3, count: 5)
    let first = driver.step() + driver.step()
    #expect(first.contains([3, 0, 5, 1]))
  }

  @Test func `long prompts get on though short ones keep coming`() {
    var driver = SchedulerDriver(batch: 8, blocks: 1000)
    driver.submit(0, count: 400)
    var stepCount = 0
    var isDone = false
    while !isDone && stepCount < 1000 {
      stepCount += 1
      for id in 0..<4 { driver.submit(4 * stepCount + id, count: 7) }
      let slices = driver.plan()
      driver.finish(ending: Set(slices.map { $0[0] }.filter { $0 > 0 }))
      isDone = slices.contains { $0[0] == 0 && $0[3] == 1 }
    }
    // 50 chunks. Eight run together and two have a chunk in a step: its turn comes in every fourth at the latest.
    #expect(stepCount <= 4 * 50)
  }

  @Test func `two submitters get the same, whoever asks for more`() {
    var driver = SchedulerDriver(batch: 1)
    for id in 0..<20 { driver.submit(id, count: 4, salt: "many") }
    for id in 20..<24 { driver.submit(id, count: 4, salt: "few") }
    var order: [Int] = []
    while order.count < 8 {
      let id = driver.planIDs()[0]
      driver.finish(ending: [id])
      order.append(id)
    }
    #expect(order.filter { $0 >= 20 } == [20, 21, 22, 23])
  }

  @Test func `service is counted in rows`() {
    var driver = SchedulerDriver(batch: 1, chunk: 16)
    for id in 0..<6 { driver.submit(id, count: 12, salt: "long") }
    for id in 6..<30 { driver.submit(id, count: 3, salt: "short") }
    var rows = ["long": 0, "short": 0]
    for _ in 0..<15 {
      let slice = driver.plan()[0]
      driver.finish(ending: [slice[0]])
      rows[slice[0] < 6 ? "long" : "short", default: 0] += slice[2]
    }
    #expect(abs(rows["long", default: 0] - rows["short", default: 0]) <= 12)
  }

  @Test func `new submitters do not keep an old one waiting`() {
    var driver = SchedulerDriver(batch: 1)
    for id in 0..<100 { driver.submit(id, count: 4, salt: "old") }
    for _ in 0..<50 { driver.step(ending: Set(0..<100)) }
    var served = 0
    for id in 100..<200 {
      driver.submit(id, count: 4, salt: "new \(id)")
      let next = driver.planIDs()[0]
      driver.finish(ending: [next])
      if next < 100 { served += 1 }
    }
    #expect(served >= 10)
  }
}
