import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

/// A vocabulary of a GGUF file as the tokenizer files of a directory.
@Suite(.needsSharedData) struct GGUFFilesTests {
  @Test(arguments: ["gpt-2", "llama-spm", "phi-3"])
  func `the files give the ids of the vocabulary that they were written from`(name: String) throws {
    let vocabulary = try GGUFMetadata.vocabulary("\(SharedData.path)/tokenizers/gguf/ggml-vocab-\(name).gguf")
    try compare(vocabulary)
  }

  @Test(arguments: [
    ("qwen2", "qwen2", false), ("llama-bpe", "gpt2", true), ("starcoder", "gpt2", false), ("gpt-2", "gpt2", true),
  ])
  func `every way to cut a text is written so that it is read again`(cutting: String, folder: String, bos: Bool) throws
  {
    let tokens = try SharedData.json("tokenizers/\(folder)/vocab.json").object ?? [:]
    var listed = [[UInt8]](repeating: [], count: tokens.count)
    for (token, id) in tokens { listed[try #require(id.integer)] = Array(token.utf8) }
    var vocabulary = GGUFVocabulary(model: "gpt2", tokens: listed + [Array("<|end of text|>".utf8)])
    vocabulary.preTokenizer = cutting
    vocabulary.tokenTypes = listed.map { _ in 1 } + [3]
    let merges = try SharedData.bytes("tokenizers/\(folder)/merges.txt").split(separator: 0x0A).map(Array.init)
    vocabulary.merges = merges.filter { !$0.starts(with: Array("#version".utf8)) }
    (vocabulary.bosID, vocabulary.eosID) = (listed.count, listed.count)
    vocabulary.addsBOS = bos
    try compare(vocabulary)
  }

  @Test func `a vocabulary that has no such files is refused by its name`() {
    #expect(throws: TokenizerError.self) { try GGUFVocabulary(model: "bert", tokens: [[0x61]]).files() }
  }

  private func compare(_ vocabulary: GGUFVocabulary) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "quern-vocabulary-\(UUID())")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    for file in try vocabulary.files() { try Data(file.content).write(to: directory.appending(path: file.name)) }
    let expected = try Tokenizer(gguf: vocabulary)
    let read = try Tokenizer.load(directory: directory.path())
    #expect(read.bosID == expected.bosID && read.eosID == expected.eosID)
    #expect(read.vocabularySize == expected.vocabularySize)
    let texts = try SharedData.lines("tokenizers/llama_cpp_vectors.jsonl").compactMap { $0["text"]?.string }
    #expect(texts.count == 46)
    for text in texts + ["a<|end of text|>b</s><|assistant|> \u{1F600}"] {
      #expect(read.encode(text) == expected.encode(text), "\(text)")
      #expect(read.decode(expected.encode(text)) == expected.decode(expected.encode(text)), "\(text)")
    }
  }
}
