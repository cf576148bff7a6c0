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

  @Test(arguments: [
    (#"{"max_token": 3}"#, "max_tokens"), (#"[]"#, "--options"), (#"{"max_tokens": 0}"#, "max_tokens"),
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
