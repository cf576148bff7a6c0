import Executors
import JSON
import Jobs
import Queue
import Testing

struct EmbedTests {
  /// Vectors that tell where they come from: token, position, 1.
  private struct Positions: TextEmbedder {
    let dimensions = 3
    let maximumTokenCount = 8
    let vocabularySize = 512
    let pooling = EmbedParameters.Pooling.last
    let isNormalized = false
    let fingerprintParts = ["positions"]

    func hiddenStates(_ tokens: [Int32]) -> [[Float]] { tokens.enumerated().map { [Float($1), Float($0), 1] } }

    func embed(_ sequences: [[Int32]]) -> [[Float]] { sequences.compactMap { hiddenStates($0).last } }
  }

  private static func embed(_ change: (inout EmbedParameters) -> Void) async throws -> EmbedResult {
    let model = LoadedEmbedder(Positions(), tokenizer: try await Stories.load().tokenizer, content: "c")
    var parameters = EmbedParameters(model: "m", input: [.tokens([3, 5, 10])])
    parameters.normalizes = false
    change(&parameters)
    return try await model.embed(parameters, model: "m@1")
  }

  @Test(
    arguments: [
      (nil, [10, 2, 1]), (.last, [10, 2, 1]), (.cls, [3, 0, 1]), (.mean, [6, 1, 1]),
    ] as [(EmbedParameters.Pooling?, [Float])]
  )
  func `a text's vector is pooled as asked, else the model's own way`(
    pooling: EmbedParameters.Pooling?,
    vector: [Float]
  ) async throws {
    #expect(try await Self.embed { $0.pooling = pooling }.data[0].embedding == .numbers(vector))
  }

  @Test func `dimensions are cut before the length becomes 1`() async throws {
    let result = try await Self.embed {
      $0.input = [.tokens([4, 4, 4, 3])]
      $0.dimensions = 2
      $0.normalizes = true
    }
    #expect(result.data[0].embedding == .numbers([0.70710677, 0.70710677]))
  }

  @Test func `the body is OpenAI's list, in the order of the inputs`() async throws {
    let json = try await Self.embed {
      $0.input = (1...70).map { .tokens(Array(repeating: $0, count: 1 + $0 % 3)) }
    }.json
    let data = try #require(json["data"]?.array)
    #expect(json["object"] == "list" && json["model"] == "m@1")
    #expect(data.map { $0["index"]?.integer } == Array(0..<70))
    #expect(data.map { $0["embedding"]?.array?.first?.integer } == Array(1...70))
    #expect(data[0]["object"] == "embedding")
    #expect(json["usage"]?["prompt_tokens"] == JSONValue((1...70).reduce(0) { $0 + 1 + $1 % 3 }))
  }

  @Test func `base64 is of little-endian floats`() async throws {
    let result = try await Self.embed { $0.encodingFormat = .base64 }
    // struct.pack('<3f', 10, 2, 1) in Python.
    #expect(result.data[0].embedding == .base64("AAAgQQAAAEAAAIA/"))
  }

  @Test func `what the model cannot take is refused with its parameter`() async throws {
    func refusal(_ change: (inout EmbedParameters) -> Void) async -> JobError? {
      await #expect(throws: JobError.self) { try await Self.embed(change) }
    }
    let long = await refusal { $0.input = [.tokens(Array(repeating: 1, count: 9))] }
    #expect(long?.code == .contextLengthExceeded && long?.param == "input")
    let stranger = await refusal { $0.input = [.tokens([512])] }
    #expect(stranger?.code == .invalidValue && stranger?.param == "input")
    let wide = await refusal { $0.dimensions = 4 }
    #expect(wide?.code == .invalidValue && wide?.param == "dimensions")
  }
}
