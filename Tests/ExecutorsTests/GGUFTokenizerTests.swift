import Datasets
import Executors
import Foundation
import Inference
import JSON
import Jobs
import SharedTestData
import Tensors
import Testing
import Tokenizers

@Suite(.needsSharedData) struct GGUFTokenizerTests {
  @Test func `a GGUF file gives the greedy text of the safetensors checkpoint`() async throws {
    let directory = SharedData.path + "/models/stories260K"
    let expected = try await text(directory)
    #expect(expected.hasPrefix(", there was a little girl named Lily."))
    #expect(try await text(directory + "/stories260K.f32.gguf") == expected)
  }

  @Test func `the chat template inside a GGUF file is there for rows of messages, with its tokens by name`() throws {
    let path = SharedData.path + "/tokenizers/gguf/ggml-vocab-phi-3.gguf"
    let tokenizer = try Tokenizer.load(checkpoint: path)
    let templates = try #require(try ChatTemplates.load(checkpoint: path, tokenizer: tokenizer))
    #expect(templates.specialTokens["bos_token"] == "<s>" && templates.specialTokens["eos_token"] == "<|endoftext|>")
    let builder = try ExampleBuilder(
      tokenizer: tokenizer,
      templates: templates,
      options: ExampleOptions(maximumTokenCount: 64, eosIDs: [32000], vocabularySize: 32064, now: .now)
    )
    let row: JSONObject = [
      "messages": [["role": "user", "content": "Hi"], ["role": "assistant", "content": "Hello"]]
    ]
    let example = try #require(try builder.trainingSet(rows: [row]).examples.first)
    let text = tokenizer.decode(example.tokens.map { Int($0) }, skipSpecialTokens: false)
    #expect(text.contains("<|user|>") && text.contains("<|assistant|>") && text.contains("Hello"), "\(text)")
    let without = SharedData.path + "/models/stories260K/stories260K.f32.gguf"
    #expect(try ChatTemplates.load(checkpoint: without, tokenizer: tokenizer) == nil)
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
