import ArgumentParser
import Executors
import Foundation
import Inference
import JSON
import Jobs
import Models
import Tensors
import Tokenizers

struct BenchSentencesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sentences",
    abstract: "Measure how many texts per second a model turns into vectors, tokenising included."
  )

  @OptionGroup var target: BenchTarget

  @Option(help: ArgumentHelp("The texts, one on each line; - reads standard input.", valueName: "file"))
  var texts: String

  @Option(help: ArgumentHelp("Texts of a request.", valueName: "n"))
  var batch = 32

  @Option(help: ArgumentHelp("How often all texts are embedded.", valueName: "n"))
  var runs = 5

  @Flag(help: "Print a JSON object.")
  var json = false

  func validate() throws {
    guard (1...65536).contains(batch), (1...1000).contains(runs) else {
      throw ValidationError("--batch must be from 1 to 65536 and --runs from 1 to 1000")
    }
    if target.namesKeyValuePrecision {
      throw ValidationError("vectors need no keys and values; leave --kv-precision out")
    }
  }

  func run() async throws {
    let lines = try Input.lines(texts, option: "--texts")
    guard !lines.isEmpty else { throw CommandFailure.usage("--texts has no line; give at least one text") }
    let pool = target.engine.makePool()
    let level = target.engine.kernels
    let start = ContinuousClock.now
    let model = try await LoadedEmbedder.load(
      directory: target.directory,
      content: target.directory,
      precision: target.precision.weights,
      packedWeights: target.packedWeights,
      pool: pool,
      level: level
    )
    let loadSeconds = (ContinuousClock.now - start) / .seconds(1)
    target.trimPackedWeights()
    let speed = try await model.speed(of: lines, batch: batch, runs: runs)
    let tokenCount = lines.reduce(0) { $0 + model.tokenizer.encode($1).count }
    var members = target.facts(what: "embed", level: level, threads: pool.threadCount)
    members += [
      ("batch", JSONValue(batch)), ("sentences", JSONValue(lines.count)),
      ("tokens_each", .rounded(Double(tokenCount) / Double(lines.count))), ("runs", JSONValue(runs)),
    ]
    members += speed.members("sent_s", "min", "max")
    members += [
      ("tok_s", .rounded(speed.median * Double(tokenCount) / Double(lines.count))),
      ("load_seconds", .rounded(loadSeconds)), ("peak_rss_mb", PeakMemory.megabytes.map { JSONValue($0) } ?? .null),
    ]
    let figures = JSONObject(uniqueKeysWithValues: members)
    Console.write(json ? figures.line + "\n" : figures.sheet)
  }
}

extension JSONObject {
  /// A member on each line, for people.
  var sheet: String {
    zip(keys, values).map { key, value in "\(key.padded(to: 24))\((value.string ?? value.text).onOneLine)\n" }.joined()
  }
}
