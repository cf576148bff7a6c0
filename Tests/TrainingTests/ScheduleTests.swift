import JSON
import Testing
import Training

/// Fixtures/schedules.py makes the reference with transformers.
struct ScheduleTests {
  @Test func `every schedule has the rates of transformers at every step`() throws {
    let fixture = try Fixture.json("schedules")
    let base = try #require(fixture["base"]?.double)
    let cases = try #require(fixture["schedules"]?.array)
    #expect(cases.count == 20)
    for reference in cases {
      let shape = try LearningRateSchedule.Shape(
        name: reference["type"]?.string ?? "",
        arguments: reference["arguments"]?.object ?? [:]
      )
      let schedule = LearningRateSchedule(shape: shape, warmup: reference["warmup"]?.double ?? 0)
      let total = try #require(reference["total"]?.integer)
      for (step, rate) in try #require(reference["rates"]?.array).enumerated() {
        let ours = schedule.learningRate(base: base, step: step, totalSteps: total)
        #expect(abs(ours - (rate.double ?? .nan)) <= 1e-12 * base, "\(shape) step \(step)")
      }
    }
  }

  @Test func `metrics move the rate where torch and transformers move it`() throws {
    let fixture = try Fixture.json("schedules")
    let base = try #require(fixture["base"]?.double)
    let cases = try #require(fixture["adaptive"]?.array)
    #expect(cases.count == 7)
    for reference in cases {
      let shape = try LearningRateSchedule.Shape(
        name: reference["type"]?.string ?? "",
        arguments: reference["arguments"]?.object ?? [:]
      )
      let isGreaterBetter = reference["mode"]?.string == "max"
      var plateauState = PlateauState()
      var greedyState = GreedyState()
      for (metric, rate) in zip(reference["metrics"]?.array ?? [], reference["rates"]?.array ?? []) {
        let metric = metric.double ?? .nan
        if case .reduceOnPlateau(let options) = shape {
          plateauState.record(metric, greaterIsBetter: isGreaterBetter, base: base, options)
        } else if case .greedy(let options) = shape {
          greedyState.record(metric, greaterIsBetter: isGreaterBetter, base: base, options)
        }
        let ours = base * plateauState.factor * greedyState.factor
        #expect(abs(ours - (rate.double ?? .nan)) <= 1e-12 * base, "\(shape) \(metric)")
      }
    }
  }

  @Test func `warm-up below 1 is a share of the steps, rounded up`() {
    #expect(LearningRateSchedule(warmup: 0.03).warmupSteps(totalSteps: 101) == 4)
    #expect(LearningRateSchedule(warmup: 1).warmupSteps(totalSteps: 101) == 1)
    #expect(LearningRateSchedule(warmup: 0).warmupSteps(totalSteps: 101) == 0)
  }

  @Test(arguments: LearningRateSchedule.Shape.names)
  func `a name that is read is the name that is told`(name: String) throws {
    let needed: JSONObject =
      switch name {
      case "cosine_with_min_lr", "cosine_warmup_with_min_lr": ["min_lr_rate": 0.1]
      case "warmup_stable_decay": ["num_decay_steps": 5]
      default: [:]
      }
    #expect(try LearningRateSchedule.Shape(name: name, arguments: needed).name == name)
  }

  @Test(
    arguments: [
      ("cosin", [:], "lr_scheduler_type"), ("linear", ["num_cycles": 1], "lr_scheduler_kwargs.num_cycles"),
      ("cosine", ["num_cycles": "two"], "lr_scheduler_kwargs.num_cycles"),
      ("cosine_with_min_lr", [:], "lr_scheduler_kwargs.min_lr"),
      ("cosine_with_min_lr", ["min_lr": 1e-6, "min_lr_rate": 0.1], "lr_scheduler_kwargs.min_lr"),
      ("warmup_stable_decay", [:], "lr_scheduler_kwargs.num_decay_steps"),
      ("warmup_stable_decay", ["num_decay_steps": 1, "decay_type": "exp"], "lr_scheduler_kwargs.decay_type"),
    ] as [(String, JSONObject, String)]
  )
  func `what a schedule does not take is refused by its name`(name: String, arguments: JSONObject, parameter: String) {
    #expect {
      try LearningRateSchedule.Shape(name: name, arguments: arguments)
    } throws: { error in
      (error as? TrainingError)?.parameter == parameter
    }
  }
}
