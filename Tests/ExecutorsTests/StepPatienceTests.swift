import Executors
import Testing

struct StepPatienceTests {
  @Test(arguments: [true, false])
  func `a step goes on as long as nothing asks it to stop, and a cancelled one ends`(isCancelled: Bool) {
    let patience = StepPatience(isCancelled: { isCancelled }, deadline: { nil })
    #expect(patience.goesOn(done: 0, of: 8) == !isCancelled)
    #expect(patience.goesOn(done: 7, of: 8) == !isCancelled)
  }

  @Test func `an interruption waits for what ends in time, and not for what has not begun`() async throws {
    let patience = StepPatience(isCancelled: { false }, deadline: { .now + .seconds(2) })
    try await Task.sleep(for: .milliseconds(50))
    // 50 ms for 7 batches leave 7 for the last one; 50 ms for one leave 50 s for a thousand.
    #expect(patience.goesOn(done: 7, of: 8))
    #expect(!patience.goesOn(done: 1, of: 1001))
    #expect(!patience.goesOn(done: 0, of: 8))
  }
}
