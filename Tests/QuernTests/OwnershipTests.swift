import Foundation
import JSON
import Testing

/// Models of one login, as it and another see them with the commands.
@Suite(.live, .timeLimit(.minutes(2)))
struct OwnershipTests {
  /// `quern` as a login of its own that may submit.
  private func submitter(_ name: String) async throws -> Program {
    let live = try #require(LiveQuern.current)
    var program = try LiveQuern.quern
    let made = try await program("psql", "-X", "-q", "-c", "CREATE ROLE \(name) LOGIN IN ROLE quern_submitter")
    #expect(made.exitCode == 0, "\(made)")
    program.environment["QUERN_DATABASE_URL"] = "host=\(live.home)/run/postgres user=\(name) dbname=quern"
    return program
  }

  @Test func `who trains a model exports it, nobody else knows of it until it is shared`() async throws {
    let (alice, bob) = (try await submitter("alice"), try await submitter("bob"))
    let home = try LiveQuern.makeHome()
    defer { try? FileManager.default.removeItem(atPath: home) }
    let rows = home + "/rows.txt"
    try "Once upon a time there was a bard.\n\nThe bard sang.".write(toFile: rows, atomically: true, encoding: .utf8)
    #expect(try await alice("dataset", "import", rows, "--name", "songs").exitCode == 0)
    let shown = try await alice("dataset", "show", "songs", "--tokens", "--model", "stories")
    #expect(shown.exitCode == 0 && shown.output.contains("2 rows of shape text"), "\(shown)")
    let settings = ["r=2", "max_steps=1", "max_length=32", "name=bard"].flatMap { ["--set", $0] }
    let trained = try await alice.run(["finetune", "stories", "songs", "--wait"] + settings)
    #expect(trained.exitCode == 0, "\(trained)")
    for arguments in [["\(home)/own"], ["\(home)/merged", "--merge"]] {
      let exported = try await alice.run(["model", "export", "bard"] + arguments)
      #expect(exported.exitCode == 0, "\(exported)")
    }
    #expect(FileManager.default.fileExists(atPath: home + "/own/adapter_model.safetensors"))
    #expect(FileManager.default.fileExists(atPath: home + "/merged/model.safetensors"))
    let header = try Data(contentsOf: URL(filePath: home + "/own/adapter_model.safetensors"))
    #expect(header.range(of: Data("songs".utf8)) == nil, "the dataset's name goes with the weights")
    for arguments in [
      ["model", "export", "bard", home + "/taken"], ["model", "show", "bard"], ["generate", "bard", "a"],
    ] {
      let refused = try await bob.run(arguments)
      #expect(refused.exitCode != 0, "\(refused)")
      #expect(refused.complaint?.contains(#"there is no model "bard"; there are: stories"#) == true, "\(refused)")
    }
    #expect(try await !bob("model", "list").output.contains("bard"))
    let shared = try await alice("model", "share", "bard")
    #expect(shared.output == "bard@1 is shared\n", "\(shared)")
    #expect(try await bob("model", "export", "bard", home + "/taken").exitCode == 0)
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
      #expect(FileManager.default.contentsEqual(atPath: "\(home)/taken/\(name)", andPath: "\(home)/own/\(name)"))
    }
    let told = try await bob("model", "show", "bard", "--json")
    #expect(told.json?["lineage"]?["base"] == "stories@1" && told.json?["owner"] == "alice", "\(told)")
    #expect(!told.output.contains("songs"), "\(told)")
    #expect(try await alice("model", "show", "bard").output.contains("songs@1"))
    let refused = try await bob("model", "share", "bard", "--private")
    #expect(refused.exitCode != 0 && refused.complaint?.contains("not yours") == true, "\(refused)")
    let generated = try await bob("generate", "stories+bard", "Once", "--max-tokens", "2", "--wait")
    #expect(generated.exitCode == 0, "\(generated)")
    let withdrawn = try await alice("model", "share", "bard", "--private", "--json")
    #expect(withdrawn.json == ["models": ["bard@1"], "visibility": "private"], "\(withdrawn)")
    #expect(try await bob("model", "show", "bard").exitCode != 0)
  }
}
