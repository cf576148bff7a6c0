import SharedTestData
import Testing
import Tokenizers

@Suite(.needsSharedData) struct TextBytesTests {
  @Test(arguments: [
    ("gpt2", "Ġworld", " world"), ("gpt2", "Ċ", "\n"), ("llama2", "▁world", " world"), ("llama2", "<0x0A>", "\n"),
    ("llama2/tokenizer.model", "▁world", " world"), ("llama3", "Ġworld", " world"), ("bert-uncased", "##ing", "ing"),
    ("bert-uncased", "world", " world"), ("gguf/ggml-vocab-gpt-2.gguf", "Ġworld", " world"), ("phi3", "▁", " "),
  ])
  func `a token has the bytes that it adds inside of a text`(vocabulary: String, token: String, text: String) throws {
    let tokenizer = try Vocabularies.tokenizer(vocabulary)
    let id = try #require(tokenizer.id(of: token))
    #expect(tokenizer.textBytes(of: id) == Array(text.utf8))
  }

  @Test(arguments: [("gpt2", "<|endoftext|>"), ("llama2", "<s>"), ("llama3", "<|eot_id|>"), ("bert-uncased", "[CLS]")])
  func `a special token has none`(vocabulary: String, token: String) throws {
    let tokenizer = try Vocabularies.tokenizer(vocabulary)
    #expect(tokenizer.textBytes(of: try #require(tokenizer.id(of: token))) == [])
    #expect(tokenizer.textBytes(of: -1) == [])
  }

  /// Half a character is not a text: bytes, joined, are what decoding gives between two tokens.
  @Test(arguments: ["gpt2", "qwen2", "llama2", "llama3", "phi3", "bert-uncased"])
  func `joined, they are the decoded text without its first token`(vocabulary: String) throws {
    let tokenizer = try Vocabularies.tokenizer(vocabulary)
    let text = "The naïve café, 3.14 \u{1f468}\u{200d}\u{1f469} 你好\n\n  end."
    let anchor = try #require(tokenizer.encode("x", addSpecialTokens: false).last)
    let ids = tokenizer.encode(text, addSpecialTokens: false)
    let whole = Array(tokenizer.decode([anchor] + ids).utf8)
    let first = Array(tokenizer.decode([anchor]).utf8)
    let joined = ids.flatMap { tokenizer.textBytes(of: $0) }
    #expect(whole == first + joined)
  }

  @Test(arguments: ["gpt2", "qwen2", "llama3", "llama2/tokenizer.model"])
  func `a stream of byte tokens never gives half a character`(vocabulary: String) throws {
    let tokenizer = try Vocabularies.tokenizer(vocabulary)
    let text = "\u{1f9ff}\u{1fae0}𒀀𒀁 ѫѭ ⵣⵥ ꙮ"
    var stream = tokenizer.makeStreamDecoder()
    let ids = tokenizer.encode(text, addSpecialTokens: false)
    #expect(ids.count > text.unicodeScalars.count)
    let pieces = ids.map { stream.push($0) } + [stream.finish()]
    #expect(pieces.allSatisfy { !$0.unicodeScalars.contains("\u{fffd}") })
    #expect(pieces.joined() == text)
  }
}
