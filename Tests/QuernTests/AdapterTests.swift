import Foundation
import JSON
import SharedTestData
import Testing

/// Adapters from a PEFT directory to an answer, and back into directories.
@Suite(.live, .needsSharedData, .timeLimit(.minutes(1)))
struct AdapterTests {
  private static let model = SharedData.path + "/fixtures/models/llama"
  private static let adapter = model + "/lora"
  private static let prompt = "[200, 201]"
  private static let options = #"{"temperature": 0, "max_tokens": 24, "ignore_eos": true, "return_token_ids": true}"#

  private var quern: Program { get throws { try LiveQuern.quern } }

  /// The model `tiny` with two adapters: the fixture's, and a copy at another scale. They may be there already.
  private func importAll() async throws {
    let copy = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: copy) }
    let text = try String(contentsOfFile: Self.adapter + "/adapter_config.json", encoding: .utf8)
    try text.replacing("\"lora_alpha\": 8", with: "\"lora_alpha\": 24")
      .write(toFile: copy + "/adapter_config.json", atomically: true, encoding: .utf8)
    let weights = "/adapter_model.safetensors"
    try FileManager.default.copyItem(atPath: Self.adapter + weights, toPath: copy + weights)
    for arguments in [
      [Self.model, "--name", "tiny"], [Self.adapter, "--name", "style", "--base", "tiny"],
      [copy, "--name", "strong", "--base", "tiny@1"],
    ] {
      let imported = try await quern.run(["model", "import"] + arguments)
      #expect(imported.output == "\(arguments[2])@1\n", "\(imported)")
    }
  }

  private func generate(_ model: String) async throws -> JSONValue {
    let parameters = #"{"model": "\#(model)", "prompt_tokens": \#(Self.prompt), \#(Self.options.dropFirst())"#
    let outcome = try await quern("submit", "generate", "--parameters", parameters, "--wait", "--json")
    #expect(outcome.exitCode == 0, "\(outcome)")
    return try #require(outcome.json)
  }

  private func tokens(_ body: JSONValue?) -> JSONValue? { body?["choices"]?.array?.first?["token_ids"] }

  @Test func `jobs name base+adapter, several at once, and get what the merged model gives`() async throws {
    try await importAll()
    let names = ["tiny", "tiny+style", "tiny+strong", "style", "tiny@1+strong@1", "tiny"]
    let bodies = try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
      for (index, name) in names.enumerated() { group.addTask { (index, try await generate(name)) } }
      return try await group.reduce(into: [Int: JSONValue]()) { $0[$1.0] = $1.1 }
    }
    #expect(
      names.indices.map { bodies[$0]?["model"] }
        == ["tiny@1", "tiny@1+style@1", "tiny@1+strong@1", "tiny@1+style@1", "tiny@1+strong@1", "tiny@1"]
    )
    let all = names.indices.map { tokens(bodies[$0]) }
    #expect(all[0] == all[5] && all[1] == all[3] && all[2] == all[4])
    #expect(all[0] != nil && all[0] != all[1] && all[1] != all[2])
    #expect(Set(bodies.values.compactMap { $0["system_fingerprint"]?.string }).count == 3)
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let merged = try await quern("model", "export", "tiny+style", home + "/merged", "--merge")
    #expect(merged.exitCode == 0, "\(merged)")
    let alone = try await quern(
      "model",
      "generate",
      home + "/merged",
      "--tokens",
      Self.prompt,
      "--options",
      Self.options,
      "--json"
    )
    #expect(tokens(alone.json) == all[1], "\(alone)")
  }

  @Test func `embed and score take an adapter`() async throws {
    try await importAll()
    for (kind, members) in [
      ("embed", #""input": [[5, 9, 100]]"#), ("score", #""prompt": [5, 9], "choices": [[7], [8]]"#),
    ] {
      var results: [JSONValue?] = []
      for model in ["tiny", "tiny+style", "tiny+strong"] {
        let parameters = #"{"model": "\#(model)", \#(members)}"#
        let outcome = try await quern("submit", kind, "--parameters", parameters, "--wait")
        #expect(outcome.exitCode == 0, "\(outcome)")
        results.append(outcome.json?["data"])
      }
      #expect(Set(results.map { $0?.text }).count == 3, "\(kind)")
    }
  }

  @Test func `an adapter comes out as it went in, or in its base's weights`() async throws {
    try await importAll()
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let exported = try await quern("model", "export", "style", home + "/peft")
    #expect(exported.exitCode == 0, "\(exported)")
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
      #expect(FileManager.default.contentsEqual(atPath: "\(home)/peft/\(name)", andPath: "\(Self.adapter)/\(name)"))
    }
    _ = try await quern("model", "export", "style@1", home + "/merged", "--merge")
    let merged = try await quern("model", "logits", home + "/merged", "--tokens", Self.prompt)
    let beside = try await quern("model", "logits", Self.model, "--adapter", Self.adapter, "--tokens", Self.prompt)
    #expect(merged.exitCode == 0 && merged.output == beside.output, "\(merged.errors)")
    let refused = try await quern("model", "export", "tiny", home + "/again", "--merge")
    #expect(refused.exitCode == 2 && refused.complaint?.contains("no adapter") == true, "\(refused)")
  }

  @Test func `adapters are listed and shown with their base`() async throws {
    try await importAll()
    let list = try await quern("model", "list", "--json")
    let listed = try #require(list.json?.array?.first { $0["model"] == "style@1" })
    #expect(listed["base"] == "tiny@1" && listed["architecture"] == "llama")
    #expect(try await quern("model", "list").output.contains("tiny@1"))
    #expect(try await quern("model", "show", "tiny+style").output.contains(/base +tiny@1/))
  }

  @Test func `an adapter of another model is refused, and nothing is stored`() async throws {
    try await importAll()
    let other = SharedData.path + "/fixtures/models/gpt2/lora"
    let outcome = try await quern("model", "import", other, "--name", "foreign", "--base", "tiny")
    #expect(outcome.exitCode != 0 && outcome.complaint?.contains("adapter_model.safetensors") == true, "\(outcome)")
    #expect(try await quern("model", "show", "foreign").exitCode != 0)
    let submitted = try await quern("generate", "tiny+foreign", "a")
    #expect(submitted.exitCode == 2 && submitted.complaint?.contains("no adapter") == true, "\(submitted)")
  }
}
