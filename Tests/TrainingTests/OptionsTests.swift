import JSON
import Testing
import Training

struct OptionsTests {
  private static func refused(_ make: () throws -> TrainingOptions) -> String? {
    do {
      _ = try make()
      return nil
    } catch {
      return (error as? TrainingError)?.parameter
    }
  }

  @Test func `defaults are those of transformers`() throws {
    let json = try TrainingOptions().json
    #expect(json["per_device_train_batch_size"] == 8)
    #expect(json["num_train_epochs"] == .number(3))
    #expect(json["learning_rate"] == .number(5e-5))
    #expect(json["lr_scheduler_type"] == "linear")
    #expect(json["optim"] == "adamw_torch")
    #expect(json["max_grad_norm"] == .number(1))
    #expect(json["logging_steps"] == .number(500))
    #expect(json["eval_strategy"] == "no")
    #expect(json["save_steps"] == .number(500))
    #expect(json["seed"] == "42")
  }

  @Test func `each wrong value is refused by its name`() {
    let refusals: [(String, () throws -> TrainingOptions)] = [
      ("num_train_epochs", { try TrainingOptions(length: .epochs(0)) }),
      ("num_train_epochs", { try TrainingOptions(length: .epochs(.nan)) }),
      ("max_steps", { try TrainingOptions(length: .steps(0)) }),
      ("per_device_train_batch_size", { try TrainingOptions(batches: BatchOptions(trainBatchSize: 0)) }),
      ("per_device_eval_batch_size", { try TrainingOptions(batches: BatchOptions(evaluationBatchSize: -1)) }),
      ("gradient_accumulation_steps", { try TrainingOptions(batches: BatchOptions(accumulation: 0)) }),
      ("gradient_accumulation_steps", { try TrainingOptions(batches: BatchOptions(accumulation: .max)) }),
      ("learning_rate", { try TrainingOptions(optimizer: OptimizerOptions(learningRate: 0)) }),
      ("learning_rate", { try TrainingOptions(optimizer: OptimizerOptions(learningRate: .nan)) }),
      ("weight_decay", { try TrainingOptions(optimizer: OptimizerOptions(weightDecay: -0.1)) }),
      ("max_grad_norm", { try TrainingOptions(optimizer: OptimizerOptions(maximumGradientNorm: -1)) }),
      (
        "adam_beta2",
        { try TrainingOptions(optimizer: OptimizerOptions(method: .adamW(beta1: 0.9, beta2: 1, epsilon: 1e-8))) }
      ),
      ("warmup_steps", { try TrainingOptions(schedule: LearningRateSchedule(warmup: 1.5)) }),
      (
        "lr_scheduler_kwargs.lr_end",
        { try TrainingOptions(schedule: LearningRateSchedule(shape: .polynomial(power: 1, end: 1e-3))) }
      ),
      ("label_smoothing_factor", { try TrainingOptions(regularisation: RegularisationOptions(labelSmoothing: 1)) }),
      ("neftune_noise_alpha", { try TrainingOptions(regularisation: RegularisationOptions(noiseAlpha: 0)) }),
      ("logging_steps", { try TrainingOptions(logging: LoggingOptions(interval: .steps(1.5))) }),
      ("eval_steps", { try TrainingOptions(evaluation: EvaluationOptions(interval: .steps(0))) }),
      ("save_total_limit", { try TrainingOptions(saving: SavingOptions(limit: 0)) }),
      ("eval_strategy", { try TrainingOptions(saving: SavingOptions(moment: .best)) }),
      ("eval_strategy", { try TrainingOptions(evaluation: EvaluationOptions(earlyStopping: .init())) }),
      (
        "metric_for_best_model",
        { try TrainingOptions(evaluation: EvaluationOptions(interval: .epoch, earlyStopping: .init())) }
      ),
    ]
    for (parameter, make) in refusals { #expect(Self.refused(make) == parameter) }
  }

  @Test func `the best model has to be saved to be loaded at the end`() throws {
    let evaluation = EvaluationOptions(interval: .steps(10), best: BestModelOptions())
    let saved: [(Interval, Bool)] = [(.steps(20), true), (.steps(10), true), (.steps(15), false), (.epoch, false)]
    for (interval, isAccepted) in saved {
      let saving = SavingOptions(moment: .interval(interval), loadsBestAtEnd: true)
      let refused = Self.refused { try TrainingOptions(evaluation: evaluation, saving: saving) }
      #expect(refused == (isAccepted ? nil : "save_strategy"))
    }
  }

  @Test func `an interval below 1 is a share of the run, rounded up`() {
    #expect(Interval.steps(0.1).stepCount(totalSteps: 101) == 11)
    #expect(Interval.steps(0.5).stepCount(totalSteps: 1) == 1)
    #expect(Interval.steps(5).stepCount(totalSteps: 1) == 5)
    #expect(Interval.epoch.stepCount(totalSteps: 10) == nil)
  }

  @Test func `a limit keeps the newest checkpoints and the best`() {
    let steps: Set = [10, 20, 30, 40]
    #expect(CheckpointRetention.kept(steps: steps, limit: nil, best: 10) == steps)
    #expect(CheckpointRetention.kept(steps: steps, limit: 2, best: nil) == [30, 40])
    #expect(CheckpointRetention.kept(steps: steps, limit: 2, best: 10) == [10, 40])
    #expect(CheckpointRetention.kept(steps: steps, limit: 3, best: 10) == [10, 30, 40])
    // As in transformers: the newest one is needed to go on, the best one at the end.
    #expect(CheckpointRetention.kept(steps: steps, limit: 1, best: 10) == [10, 40])
    #expect(CheckpointRetention.kept(steps: steps, limit: 2, best: 99) == [30, 40])
  }
}
