import Executors
import Inference
import Jobs
import SharedTestData
import Tensors
import Testing

@Suite(.needsSharedData) struct GGUFTokenizerTests {
  @Test func `a GGUF file gives the greedy text of the safetensors checkpoint`() async throws {
    let directory = SharedData.path + "/models/stories260K"
    let expected = try await text(directory)
    #expect(expected.hasPrefix(", there was a little girl named Lily."))
    #expect(try await text(directory + "/stories260K.f32.gguf") == expected)
  }

  private func text(_ path: String) async throws -> String {
    let model = try await LoadedModel.load(directory: path, content: "weights", pool: ThreadPool(threads: 2))
    defer { model.engine.shutdown() }
    var parameters = GenerateParameters(model: "stories", prompt: "Once upon a time")
    parameters.sampling.temperature = 0
    parameters.ending.maxTokens = 100
    return try await model.generate(parameters).choices[0].text
  }
}
