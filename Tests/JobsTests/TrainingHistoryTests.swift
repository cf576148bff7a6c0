import JSON
import Jobs
import Testing

struct TrainingHistoryTests {
  private func history(_ events: [(attempt: Int, data: JSONValue)]) -> TrainingHistory {
    var history = TrainingHistory()
    for (place, event) in events.enumerated() {
      history.append(event.data, attempt: event.attempt, time: Double(place))
    }
    return history
  }

  @Test func `logs and evaluations of one step stand side by side`() {
    let history = history([
      (1, ["step": 10, "loss": 3, "learning_rate": 1e-4]), (1, ["step": 10, "eval_loss": 3.5]),
      (1, ["step": 20, "loss": 2, "note": "x"]),
    ])
    #expect(history.series("loss") == [.init(step: 10, number: 3), .init(step: 20, number: 2)])
    #expect(history.series("eval_loss") == [.init(step: 10, number: 3.5)])
    #expect(history.entries.last?.values.map(\.name) == ["loss"])
  }

  @Test func `an attempt that goes on from a checkpoint voids what was logged past it`() {
    let history = history([
      (1, ["step": 10, "loss": 3]), (1, ["step": 20, "loss": 2]), (1, ["step": 30, "loss": 1]),
      (3, ["step": 20, "loss": 2.5]), (3, ["step": 30, "loss": 1.5]),
    ])
    #expect(history.series("loss").map(\.number) == [3, 2.5, 1.5])
  }

  @Test(arguments: [nil, "text", ["loss": 1], ["step": -1, "loss": 1], ["step": 1.5]] as [JSONValue?])
  func `an event without a step is none`(event: JSONValue?) {
    var history = TrainingHistory()
    #expect(history.append(event, attempt: 1, time: 0) == nil)
  }
}
