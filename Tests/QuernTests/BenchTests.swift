import Foundation
import JSON
import SharedTestData
import Testing

/// `quern model bench` on a model of 260 000 weights: what it prints, not how fast it is.
struct BenchTests {
  let quern = Program()

  @Test func `each batch size gives an object with the agreed keys`() async throws {
    let outcome = try await quern(
      "model",
      "bench",
      Program.stories,
      "--prompt",
      "16",
      "--generate",
      "8",
      "--batch",
      "1,3",
      "--runs",
      "2",
      "--threads",
      "1",
      "--json"
    )
    #expect(outcome.exitCode == 0, "\(outcome)")
    let rows = try objects(outcome)
    #expect(rows.map { $0["batch"] } == [1, 3])
    for row in rows {
      #expect(row["engine"] == "quern" && row["model"] == "stories260K" && row["what"] == "decode")
      #expect(row["dtype"] == "f32" && row["kv_dtype"] == "f32" && row["kernels"]?.string != nil)
      #expect(row["threads"] == 1 && row["prompt"] == 16 && row["new"] == 8 && row["runs"] == 2)
      #expect(row["tok_s"] == row["decode_tok_s"])
      for (least, middle, greatest) in [("min", "tok_s", "max"), ("prefill_min", "prefill_tok_s", "prefill_max")] {
        let speeds = try [least, middle, greatest].map { try #require(row[$0]?.double) }
        #expect(speeds[0] > 0 && speeds == speeds.sorted())
      }
      #expect(try #require(row["weight_bytes"]?.integer) >= 4 * 260_032)
      #expect(try #require(row["peak_rss_mb"]?.integer) > 1)
      #expect(try #require(row["load_seconds"]?.double) >= 0)
    }
  }

  @Test func `without tokens to generate prefill alone is measured`() async throws {
    let outcome = try await quern(
      "model",
      "bench",
      Program.stories,
      "--generate",
      "0",
      "--prompt",
      "8",
      "--runs",
      "1",
      "--json"
    )
    let row = try #require(try objects(outcome).first, "\(outcome)")
    #expect(row["what"] == "prefill")
    #expect(row["tok_s"] == row["prefill_tok_s"])
    #expect(row["decode_tok_s"] == nil)
  }

  @Test func `without --json people get a table`() async throws {
    let outcome = try await quern(
      "model",
      "bench",
      Program.stories,
      "--generate",
      "4",
      "--prompt",
      "8",
      "--runs",
      "1"
    )
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.output.contains("prefill tokens") && outcome.output.contains("decode tokens"))
  }

  @Test(arguments: [
    ["--batch", "0"], ["--batch", "1,,2"], ["--batch", "1025"], ["--runs", "0"], ["--prompt", "0"],
    ["--generate", "-1"], ["--precision", "q3"], ["--kv-precision", "q4"], ["--threads", "0"],
    ["--prompt", "400", "--generate", "113"], ["--prompt", "9223372036854775807"],
  ])
  func `options that cannot be are refused as usage`(options: [String]) async throws {
    let outcome = try await quern.run(["model", "bench", Program.stories] + options)
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.complaint != nil)
  }

  @Test func `scaling prints both curves and draws them`() async throws {
    let plot = FileManager.default.temporaryDirectory.appending(path: "quern-\(UUID().uuidString).svg")
    defer { try? FileManager.default.removeItem(at: plot) }
    let outcome = try await quern.run(
      ["model", "bench", "scaling", Program.stories, "--batch", "1,4", "--context", "32,64,1024", "--generate", "8"]
        + ["--prompt", "16", "--rounds", "1", "--plot", plot.path(percentEncoded: false)]
    )
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.json?["decode_by_batch"]?.array?.map { $0["batch"] } == [1, 4])
    // The model ends at 512.
    #expect(outcome.json?["prefill_by_context"]?.array?.map { $0["context"] } == [32, 64])
    let drawing = try String(contentsOf: plot, encoding: .utf8)
    #expect(drawing.hasPrefix("<svg ") && drawing.hasSuffix("</svg>\n"))
  }

  @Test func `a set of requests generates what it asks for`() async throws {
    let request = #"{"prompt_tokens": [1, 403, 407], "max_tokens": 12, "ignore_eos": true, "seed": 7}"# + "\n"
    let outcome = try await quern(
      "model",
      "bench",
      "requests",
      Program.stories,
      "--requests",
      "-",
      "--json",
      input: request + request + "\n"
    )
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.json?["requests"] == 2)
    #expect(outcome.json?["prompt_tokens"] == 6)
    #expect(outcome.json?["completion_tokens"] == 24)
    #expect(try #require(outcome.json?["tok_s"]?.double) > 0)
  }

  @Test(arguments: ["", "[1]\n", "{\"prompt\": 3}\n"])
  func `requests that are none are refused`(input: String) async throws {
    let outcome = try await quern("model", "bench", "requests", Program.stories, "--requests", "-", input: input)
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.complaint != nil)
  }

  /// From the model's reference.json, computed in float64 over the same windows.
  @Test(.needsSharedData) func `quality gives the reference's perplexity, and f32 differs from itself by nothing`()
    async throws
  {
    let reference = try SharedData.json("models/stories260K/reference.json")
    let expected = try #require(reference["perplexity_tinyshakespeare_first_2000_chars"])
    let outcome = try await quern(
      "model",
      "bench",
      "quality",
      Program.stories,
      "--text",
      "-",
      "--precision",
      "f32",
      "--window",
      "257",
      "--stride",
      "256",
      "--json",
      input: String(try SharedData.text("text/tinyshakespeare.txt").prefix(2000))
    )
    let rows = try objects(outcome)
    #expect(rows.count == 2, "\(outcome)")
    for row in rows {
      #expect(row["predictions"] == expected["predictions"])
      let perplexity = try #require(row["perplexity"]?.double)
      #expect(abs(perplexity - (expected["perplexity"]?.double ?? 0)) < 1e-3)
      #expect(try #require(row["mean_kl"]?.double) < 1e-9)
      #expect(row["top1_agreement"]?.double == 1)
    }
  }

  @Test(arguments: [
    ["--window", "1"], ["--stride", "0"], ["--window", "8", "--stride", "8"], ["--window", "513"], ["--limit", "0"],
    ["--jsonl"],
  ])
  func `windows that leave text out are refused`(options: [String]) async throws {
    let outcome = try await quern.run(
      ["model", "bench", "quality", Program.stories, "--text", Program.stories + "/LICENSE", "--precision", "f32"]
        + options
    )
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.complaint != nil)
  }

  private func objects(_ outcome: Program.Outcome) throws -> [JSONValue] {
    try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
  }
}
