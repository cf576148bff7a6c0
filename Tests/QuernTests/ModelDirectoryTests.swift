import Foundation
import JSON
import Testing

/// Models run from a directory, without a database.
struct ModelDirectoryTests {
  let quern = Program()

  /// From the model's reference.json: greedy from BOS, as llama2.c's test expects.
  static let greedy = "Once upon a time, there was a little girl named Lily."

  @Test func `logits are a row of floats for each position`() async throws {
    let outcome = try await quern("model", "logits", Program.stories, "--tokens", "1 403 407")
    #expect(outcome.exitCode == 0, "\(outcome)")
    let rows = try #require(outcome.json?["logits"]?.array)
    #expect(rows.map { $0.array?.count } == [512, 512, 512])
  }

  @Test func `threads do not change a bit`() async throws {
    let one = try await quern("model", "logits", Program.stories, "--tokens", "1 403 407 261", "--threads", "1")
    let two = try await quern("model", "logits", Program.stories, "--tokens", "1 403 407 261", "--threads", "2")
    #expect(one.output == two.output)
  }

  @Test(arguments: [["--tokens", "1 512"], ["--tokens", "one"], ["--tokens", ""]])
  func `tokens that are none are refused`(tokens: [String]) async throws {
    let outcome = try await quern.run(["model", "logits", Program.stories] + tokens)
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.complaint != nil)
  }

  @Test func `generate continues greedily as the reference does`() async throws {
    let outcome = try await quern(
      "model",
      "generate",
      Program.stories,
      "--tokens",
      "1",
      "--options",
      #"{"temperature": 0, "max_tokens": 30}"#,
      "--json"
    )
    #expect(outcome.exitCode == 0, "\(outcome)")
    let choice = try #require(outcome.json?["choices"]?.array?.first)
    #expect(choice["text"]?.string?.hasPrefix(Self.greedy) == true, "\(outcome)")
    #expect(choice["finish_reason"] == "length")
    #expect(outcome.json?["object"] == "text_completion")
    #expect(outcome.json?["usage"]?["completion_tokens"] == 30)
  }

  private func generate(_ options: String, _ arguments: String...) async throws -> Program.Outcome {
    try await quern.run(
      ["model", "generate", Program.stories, "--tokens", "1", "--options", options, "--json"] + arguments
    )
  }

  @Test func `a precision is an option or a parameter, and part of the fingerprint`() async throws {
    let options = #"{"temperature": 0, "max_tokens": 5"#
    let exact = try await generate(options + "}")
    let asOption = try await generate(options + "}", "--precision", "q8", "--kv-precision", "f32")
    let asParameter = try await generate(options + #", "precision": "q8", "kv_precision": "f32"}"#)
    for outcome in [exact, asOption, asParameter] { #expect(outcome.exitCode == 0, "\(outcome)") }
    let fingerprint = try #require(asOption.json?["system_fingerprint"])
    #expect(fingerprint == asParameter.json?["system_fingerprint"] && fingerprint != exact.json?["system_fingerprint"])
    #expect(asOption.json?["choices"]?.canonicalText == asParameter.json?["choices"]?.canonicalText)
    let other = try await generate(options + "}", "--precision", "q8", "--kv-precision", "q8")
    #expect(other.json?["system_fingerprint"] != fingerprint)
  }

  @Test func `logits are those of the precision`() async throws {
    let tokens = ["model", "logits", Program.stories, "--tokens", "1 403 407"]
    let exact = try await quern.run(tokens)
    let rounded = try await quern.run(tokens + ["--precision", "q4"])
    #expect(rounded.exitCode == 0, "\(rounded)")
    #expect(rounded.json?["logits"]?.array?.map { $0.array?.count } == [512, 512, 512])
    #expect(rounded.output != exact.output)
  }

  @Test func `packed weights are kept in the home, make no difference, and need not be kept`() async throws {
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    var quern = quern
    quern.environment["QUERN_HOME"] = home
    let command = ["model", "logits", Program.stories, "--tokens", "1 403 407", "--precision", "q8"]
    let without = try await quern.run(command + ["--no-packed-cache"])
    #expect(without.exitCode == 0 && !FileManager.default.fileExists(atPath: home + "/packed"), "\(without)")
    let first = try await quern.run(command)
    #expect(try FileManager.default.contentsOfDirectory(atPath: home + "/packed").count == 1)
    let second = try await quern.run(command)
    #expect(first.output == without.output && second.output == without.output)
    #expect(try FileManager.default.contentsOfDirectory(atPath: home + "/packed").count == 1)
  }

  @Test(arguments: [
    (#"{"max_token": 3}"#, "max_tokens"), (#"[]"#, "--options"), (#"{"max_tokens": 0}"#, "max_tokens"),
    (#"{"precision": "int8"}"#, "q8"),
  ])
  func `options that are wrong are refused`(options: String, said: String) async throws {
    let outcome = try await quern("model", "generate", Program.stories, "--prompt", "a", "--options", options)
    #expect(outcome.exitCode != 0)
    #expect(outcome.complaint?.contains(said) == true, "\(outcome)")
  }

  @Test func `a directory that is no model is refused with what is missing`() async throws {
    let outcome = try await quern("model", "logits", "/etc", "--tokens", "1")
    #expect(outcome.exitCode == 1)
    #expect(outcome.complaint?.contains("config.json") == true, "\(outcome)")
  }
}
