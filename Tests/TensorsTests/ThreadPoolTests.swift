import Synchronization
import Tensors
import Testing

struct ThreadPoolTests {
  @Test(arguments: [1, 2, 5])
  func `every tile runs once in each of many runs`(threads: Int) {
    let pool = ThreadPool(threads: threads)
    for count in [0, 1, 2, 3, 17, 1000] {
      for _ in 0..<50 {
        let hits = Mutex([Int](repeating: 0, count: count))
        pool.run(count: count) { tile in hits.withLock { $0[tile] += 1 } }
        #expect(hits.withLock { $0.allSatisfy { $0 == 1 } })
      }
    }
  }

  @Test func `a run from inside a tile is done by the thread that asks`() {
    let pool = ThreadPool(threads: 3)
    let total = Counter()
    pool.run(count: 8) { _ in pool.run(count: 8) { _ in total.increment() } }
    #expect(total.value == 64)
  }

  @Test func `runs from several threads at once are all complete`() async {
    let pool = ThreadPool(threads: 2)
    let total = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<500 { pool.run(count: 10) { _ in total.increment() } }
        }
      }
    }
    #expect(total.value == 4 * 500 * 10)
  }

  @Test func `pools come and go, asleep or not`() {
    for count in 0..<30 {
      let pool = ThreadPool(threads: 3)
      if count % 2 == 0 { pool.run(count: 3) { _ in } }
    }
  }

  @Test func `the default is at least one thread`() {
    #expect(ThreadPool.defaultThreadCount >= 1)
  }
}

private final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  var value: Int { count.load(ordering: .relaxed) }

  func increment() { count.add(1, ordering: .relaxed) }
}
