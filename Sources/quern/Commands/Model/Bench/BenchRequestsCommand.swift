import ArgumentParser
import Executors
import Foundation
import Inference
import JSON
import Jobs
import Launch
import Models
import Tensors

struct BenchRequestsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "requests",
    abstract: "Measure how fast the engine alone answers a set of requests that come all at once.",
    discussion:
      "What the queue costs is the difference to the same requests as jobs; Benchmarks/queue-throughput compares."
  )

  @OptionGroup var target: BenchTarget

  @Option(
    help: ArgumentHelp(
      "Parameters of the kind generate, a JSON object on each line; - reads standard input.",
      valueName: "file"
    )
  )
  var requests: String

  @Flag(help: "Print a JSON object.")
  var json = false

  func run() async throws {
    let requests = try parameters()
    let pool = target.engine.makePool()
    let level = target.engine.kernels
    let model = try await LoadedModel.load(
      directory: target.directory,
      content: target.directory,
      precision: target.precision,
      packedWeights: target.packedWeights,
      pool: pool,
      level: level
    )
    defer { model.engine.shutdown() }
    target.trimPackedWeights()
    let outcome = try await model.run(requests)
    let seconds = outcome.duration / .seconds(1)
    var members = target.facts(what: "requests", level: level, threads: pool.threadCount)
    members += [
      ("kv_dtype", .string(target.precision.keyValues.rawValue)), ("requests", JSONValue(requests.count)),
      ("prompt_tokens", JSONValue(outcome.promptTokenCount)),
      ("completion_tokens", JSONValue(outcome.generatedTokenCount)), ("seconds", .rounded(seconds)),
      ("tok_s", .rounded(Double(outcome.generatedTokenCount) / seconds)),
      ("steps", JSONValue(Int(model.engine.statistics.stepCount))),
      ("peak_rss_mb", PeakMemory.megabytes.map { JSONValue($0) } ?? .null),
    ]
    let figures = JSONObject(uniqueKeysWithValues: members)
    Console.write(json ? figures.line + "\n" : figures.sheet)
  }

  private func parameters() throws -> [GenerateParameters] {
    let lines = try Input.lines(requests, option: "--requests")
    guard !lines.isEmpty else { throw CommandFailure.usage("--requests has no line; give at least one request") }
    return try lines.enumerated().map { index, line in
      guard var members = try Input.json(line, option: "line \(index + 1) of --requests").object else {
        throw CommandFailure.usage("line \(index + 1) of --requests is no JSON object")
      }
      members["model"] = .string(target.modelName)
      return try ParameterCheck<GenerateParameters>().accepted(.object(members))
    }
  }
}
