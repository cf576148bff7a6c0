import Jobs
import Queue

/// Runs jobs of kind `sleep`: drills and load tests.
struct SleepExecutor: Sendable {
  func run(_ job: ClaimedJob) async throws -> JobOutput {
    let parameters = try SleepParameters(json: job.parameters)
    try await Task.sleep(for: .seconds(parameters.seconds))
    return JobOutput(result: SleepResult(seconds: parameters.seconds).json)
  }
}
