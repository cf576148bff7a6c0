import ArgumentParser
import JSON

/// The optional parameters of the kind `generate`, by their names there.
struct GenerationOptions: ParsableArguments {
  @Option(help: "The most tokens to generate.")
  var maxTokens: Int?

  @Option(help: "Divides the logits before sampling; 0 always takes the likeliest token.")
  var temperature: Double?

  @Option(help: "Sample among this many likeliest tokens; 0 among all.")
  var topK: Int?

  @Option(help: "Sample among the likeliest tokens whose probabilities reach this sum.")
  var topP: Double?

  @Option(help: "Sample among tokens at least this many times as likely as the likeliest.")
  var minP: Double?

  @Option(help: "Divide the logits of tokens that were there before; 1 does nothing.")
  var repetitionPenalty: Double?

  @Option(help: "Subtract this from a token's logit for each time it is in the answer.")
  var frequencyPenalty: Double?

  @Option(help: "Subtract this once from the logits of tokens in the answer.")
  var presencePenalty: Double?

  @Option(help: "The fewest tokens to generate.")
  var minTokens: Int?

  @Option(name: .customShort("n"), help: "How many answers to generate.")
  var choiceCount: Int?

  @Option(help: ArgumentHelp("The form of the answer: {\"type\": \"json_object\"}, or @file.", valueName: "json"))
  var responseFormat: String?

  @Option(help: ArgumentHelp("A text at which generation ends; up to four times.", valueName: "text"))
  var stop: [String] = []

  @Option(help: "The seed of the sampler; without it each job draws its own.")
  var seed: Int?

  @Option(help: ArgumentHelp("Numbers added to the logits of tokens: {\"0\": -100}, or @file.", valueName: "json"))
  var logitBias: String?

  @Flag(help: "Go on after the end-of-text token.")
  var ignoreEos = false

  @OptionGroup var precision: PrecisionArguments

  @Option(help: ArgumentHelp("Further parameters as a JSON object, @file or -: {\"logprobs\": 2}.", valueName: "json"))
  var options: String?

  func parameters() throws -> JSONObject {
    var parameters = JSONObject()
    parameters["max_tokens"] = maxTokens.map { JSONValue($0) }
    parameters["temperature"] = try number(temperature, "--temperature")
    parameters["top_k"] = topK.map { JSONValue($0) }
    parameters["top_p"] = try number(topP, "--top-p")
    parameters["min_p"] = try number(minP, "--min-p")
    parameters["repetition_penalty"] = try number(repetitionPenalty, "--repetition-penalty")
    parameters["frequency_penalty"] = try number(frequencyPenalty, "--frequency-penalty")
    parameters["presence_penalty"] = try number(presencePenalty, "--presence-penalty")
    parameters["min_tokens"] = minTokens.map { JSONValue($0) }
    parameters["n"] = choiceCount.map { JSONValue($0) }
    parameters["response_format"] = try responseFormat.map { try Input.json($0, option: "--response-format") }
    if let more = try options.map({ try Input.json($0, option: "--options") }) {
      guard let members = more.object else { throw CommandFailure.usage("--options must be a JSON object") }
      for (name, value) in members { parameters[name] = value }
    }
    if !stop.isEmpty { parameters["stop"] = .array(stop.map { .string($0) }) }
    parameters["seed"] = seed.map { JSONValue($0) }
    parameters["logit_bias"] = try logitBias.map { try Input.json($0, option: "--logit-bias") }
    precision.add(to: &parameters)
    if ignoreEos { parameters["ignore_eos"] = true }
    return parameters
  }

  /// JSON has no infinity.
  private func number(_ value: Double?, _ option: String) throws -> JSONValue? {
    guard let value else { return nil }
    guard value.isFinite else { throw CommandFailure.usage("\(option) must be a finite number, not \(value)") }
    return .number(value)
  }
}
