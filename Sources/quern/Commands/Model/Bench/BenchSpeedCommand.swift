import ArgumentParser
import Inference
import JSON
import Launch
import Models
import Tensors

struct BenchSpeedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "speed",
    abstract: "Measure prefill and decode of a model, or the sentences per second of one that gives vectors.",
    discussion: """
      Prefill: one prompt of random tokens from an empty cache to the logits of its last position. Decode: so many \
      prompts are computed first, untimed, then all of them generate greedily at once; the speed is that of all \
      together. Each figure is the median of the runs after a warm-up. Embedding: batches of prompts, 512 prompts a run.
      """
  )

  @OptionGroup var target: BenchTarget

  @Option(help: ArgumentHelp("Tokens of a prompt. Default: 512, or what the context leaves.", valueName: "n"))
  var prompt: Int?

  @Option(help: ArgumentHelp("Tokens to generate; 0 measures prefill alone. Default: 128.", valueName: "n"))
  var generate: Int?

  @Option(help: ArgumentHelp("Sequences that run together; each size is measured in turn.", valueName: "n[,n…]"))
  var batch = CommaList([1])

  @Option(help: ArgumentHelp("How often each figure is measured.", valueName: "n"))
  var runs = 3

  @Flag(help: "Print a JSON object for each batch size.")
  var json = false

  func validate() throws {
    if let prompt, prompt < 1 { throw ValidationError("--prompt must be at least 1, not \(prompt)") }
    if let generate, generate < 0 { throw ValidationError("--generate must be at least 0, not \(generate)") }
    for size in batch.elements where !(1...1024).contains(size) {
      throw ValidationError("--batch must be from 1 to 1024, not \(size)")
    }
    guard (1...1000).contains(runs) else { throw ValidationError("--runs must be from 1 to 1000, not \(runs)") }
  }

  func run() throws {
    let description = try ModelDescription.validate(directory: target.directory)
    let rows =
      description.canGenerate ? try generationFigures(description) : try embeddingFigures(description)
    if !json { Console.write(SpeedTable.text(of: rows)) }
  }
}

// MARK: - Models that generate

extension BenchSpeedCommand {
  /// Prints each figure as it comes, if as JSON.
  private func generationFigures(_ description: ModelDescription) throws -> [JSONObject] {
    let context = description.configuration.maxPositionCount
    let generateCount = generate ?? min(128, context / 4)
    let promptCount = prompt ?? min(512, context - generateCount)
    try requireRoom(promptCount, generateCount, context: context)
    let pool = target.engine.makePool()
    let loaded = try target.loadModel(pool)
    let (positions, maximumBatch) = (promptCount + generateCount, batch.elements.max() ?? 1)
    try target.requireMemory(
      EngineBenchmark.byteCount(loaded.model, maximumBatch: maximumBatch, positionCount: positions)
    )
    let benchmark = EngineBenchmark(loaded.model, maximumBatch: maximumBatch, positionCount: positions)
    let prefill = try benchmark.prefillSpeed(tokenCount: promptCount, runs: runs)
    let sizes = generateCount == 0 ? [1] : batch.elements
    return try sizes.map { size in
      let decode =
        generateCount == 0
        ? nil
        : try benchmark.decodeSpeed(batch: size, promptCount: promptCount, stepCount: generateCount, runs: runs)
      var members = target.facts(
        what: decode == nil ? "prefill" : "decode",
        level: loaded.model.kernels.level,
        threads: pool.threadCount
      )
      members += [
        ("kv_dtype", .string(loaded.model.precision.keyValues.rawValue)),
        ("batch", JSONValue(size)), ("prompt", JSONValue(promptCount)), ("new", JSONValue(generateCount)),
        ("runs", JSONValue(runs)),
      ]
      members += (decode ?? prefill).members("tok_s", "min", "max")
      members += prefill.members("prefill_tok_s", "prefill_min", "prefill_max")
      members += decode?.members("decode_tok_s", "decode_min", "decode_max") ?? []
      return report(members, loadSeconds: loaded.seconds, description)
    }
  }

  private func requireRoom(_ promptCount: Int, _ generateCount: Int, context: Int) throws {
    // Compared without a sum, which could overflow.
    guard promptCount <= context, generateCount <= context - promptCount else {
      throw CommandFailure.usage(
        "--prompt \(promptCount) and --generate \(generateCount) exceed the model's context of \(context); give fewer"
      )
    }
  }
}

// MARK: - Models that give vectors

extension BenchSpeedCommand {
  private func embeddingFigures(_ description: ModelDescription) throws -> [JSONObject] {
    guard generate == nil else {
      throw CommandFailure.usage("\(target.directory) gives vectors, no text; leave --generate out")
    }
    let pool = target.engine.makePool()
    let loaded = try target.loadEmbeddingModel(pool)
    let limit = loaded.model.configuration.maximumTokenCount
    let tokenCount = prompt ?? min(32, limit)
    guard tokenCount <= limit else {
      throw CommandFailure.usage("--prompt \(tokenCount) is more than the \(limit) tokens that the model takes")
    }
    let benchmark = EmbeddingBenchmark(loaded.model)
    return batch.elements.map { size in
      let speed = benchmark.speed(batch: size, tokenCount: tokenCount, runs: runs)
      var members = target.facts(what: "embed", level: loaded.model.kernels.level, threads: pool.threadCount)
      members += [("batch", JSONValue(size)), ("prompt", JSONValue(tokenCount)), ("runs", JSONValue(runs))]
      members += speed.members("embed_s", "min", "max")
      members += [
        ("sent_s", .rounded(speed.median)), ("tok_s", .rounded(speed.median * Double(tokenCount))),
      ]
      return report(members, loadSeconds: loaded.seconds, description)
    }
  }

  private func report(
    _ members: [(String, JSONValue)],
    loadSeconds: Double,
    _ description: ModelDescription
  ) -> JSONObject {
    let bytes = description.weightByteCount(target.precision.weights)
    let object = JSONObject(
      uniqueKeysWithValues: members + [
        ("load_seconds", .rounded(loadSeconds)), ("weight_bytes", JSONValue(bytes)),
        ("peak_rss_mb", PeakMemory.megabytes.map { JSONValue($0) } ?? .null),
      ]
    )
    if json { Console.writeLine(object.line) }
    return object
  }
}
