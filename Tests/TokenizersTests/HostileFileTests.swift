import Testing
import Tokenizers

@Suite struct HostileFileTests {
  private static let model =
    #"{"type": "BPE", "unk_token": null, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}"#

  private static func refusal(_ json: String) -> TokenizerError? {
    do throws(TokenizerError) {
      _ = try Tokenizer(json: Array(json.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test func `the smallest file is accepted`() throws {
    let tokenizer = try Tokenizer(json: Array("{\"model\": \(Self.model)}".utf8))
    #expect(tokenizer.encode("abba") == [2, 1, 0])
    #expect(tokenizer.encode("") == [])
    #expect(tokenizer.decode([2, -1, 1, 1 << 40]) == "ab b")
    #expect(tokenizer.tokenBytes(Int.max) == [])
    #expect(tokenizer.tokenBytes(2) == Array("ab".utf8))
  }

  @Test(arguments: [
    (#"{"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}"#, "two tokens have the id 0"),
    (#"{"type": "BPE", "vocab": {"a": -1}, "merges": []}"#, "the id -1 is outside"),
    (#"{"type": "BPE", "vocab": {"a": 9007199254740993}, "merges": []}"#, "is outside"),
    (#"{"type": "BPE", "vocab": {"a": 4294967296}, "merges": []}"#, "is outside"),
    (#"{"type": "BPE", "vocab": {"a": "0"}, "merges": []}"#, "not an integer"),
    (#"{"type": "BPE", "vocab": ["a"], "merges": []}"#, "model.vocab"),
    (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "q"]]}"#, "model.merges[0]"),
    (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [["a", "a"]]}"#, "is not in the vocabulary"),
    (#"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a  a"]}"#, "a merge is a pair of tokens"),
    (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [["a", 1, "a"]]}"#, "a merge is a pair of tokens"),
    (#"{"type": "BPE", "vocab": {"a": 0}}"#, "“merges” is missing"),
    (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "q"}"#, "unk_token is not in the vocabulary"),
    (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}"#, "merge dropout"),
    (
      #"{"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "\#(String(repeating: "b", count: 65))"}"#,
      "has 65 bytes"
    ),
    (#"{"type": "WordPiece", "vocab": {"a": 0}}"#, "unk_token is missing"),
    (#"{"type": "Unigram", "vocab": [["a", 0.0]], "unk_id": 1}"#, "unk_id 1 is not in the vocabulary"),
    (#"{"type": "Unigram", "vocab": [["a"]]}"#, "a token and its score"),
    (#"{"type": "Ngram", "vocab": {"a": 0}}"#, "the model “Ngram”"),
    (#"{"type": "WordLevel", "vocab": {"a": 0}}"#, "unk_token is missing"),
    (#"{"type": "BPE", "vocab": {"a": 0, "a": 0}, "merges": []}"#, "appears twice"),
    (#"[]"#, "an object is expected"),
  ])
  func `a damaged model is refused with its place`(model: String, words: String) throws {
    let error = try #require(Self.refusal("{\"model\": \(model)}"))
    #expect("\(error)".contains(words))
  }

  @Test(arguments: [
    (#""normalizer": {"type": "NFKX"}"#, "NFKX"),
    (
      #""normalizer": {"type": "Replace", "pattern": {"String": "a"}, "content": "\#(String(repeating: "b", count: 20_000))"}"#,
      "20000 times as long"
    ),
    (#""normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAA*"}"#, "not base64"),
    (#""normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////wAA"}"#, "the characters map has 6 bytes"),
    (#""normalizer": {"type": "Replace", "pattern": {"Regex": "(("}, "content": "▁"}"#, "“((”"),
    (#""normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": "▁"}"#, "the pattern is empty"),
    (#""pre_tokenizer": {"type": "UnicodeScripts"}"#, "UnicodeScripts"),
    (#""pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Gone"}"#, "“Gone”"),
    (#""pre_tokenizer": {"type": "Metaspace", "replacement": "ab"}"#, "not one character"),
    (#""pre_tokenizer": {"type": "CharDelimiterSplit", "delimiter": ""}"#, "not one character"),
    (#""post_processor": {"type": "RobertaProcessing"}"#, "“cls” is missing"),
    (#""post_processor": {"type": "BertProcessing", "cls": ["c", 9], "sep": ["a", 0]}"#, "no token has the id 9"),
    (#""post_processor": {"type": "TemplateProcessing", "single": [], "special_tokens": {}}"#, "leaves the text out"),
    (
      #""post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "s"}}], "special_tokens": {"s": {"ids": [77]}}}"#,
      "no token has the id 77"
    ),
    (#""decoder": {"type": "CTC"}"#, "CTC"),
    (#""decoder": {"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "ByteLevel"}]}"#, "after Fuse"),
    (#""decoder": {"type": "Strip", "content": " ", "start": -1, "stop": 0}"#, "counts of at most 1024"),
    (#""added_tokens": [{"id": 0, "content": "zz"}]"#, "two tokens have the id 0"),
    (#""added_tokens": [{"id": 7, "content": "a"}]"#, "one token has the ids 0 and 7"),
    (#""added_tokens": [{"id": 7, "content": ""}]"#, "an added token has 0 bytes"),
    (#""added_tokens": [{"id": 99999999, "content": "x"}]"#, "is outside"),
  ])
  func `an unknown or damaged component is refused by name`(member: String, words: String) throws {
    let error = try #require(Self.refusal("{\"model\": \(Self.model), \(member)}"))
    #expect("\(error)".contains(words))
  }

  @Test(arguments: ["", "{", "nonsense", "{\"model\": null}", "{\"version\": \"1.0\"}", "[[[["])
  func `what is no tokenizer is refused`(json: String) {
    #expect(Self.refusal(json) != nil)
  }

  @Test func `a missing directory is an error that names the file`() {
    #expect(throws: TokenizerError.self) { try Tokenizer.load(directory: "/nonexistent") }
  }

  @Test(arguments: [
    (#"{"bos_token": "a", "eos_token": "ab", "add_bos_token": true, "add_eos_token": true}"#, 0, 2),
    (#"{"bos_token": {"content": "a"}}"#, 0, nil), (#"{"bos_token": "unknown", "add_bos_token": true}"#, nil, nil),
    (#"{}"#, nil, nil),
  ])
  func `the configuration names BOS and EOS, tokenizer.json puts them around a text`(
    configuration: String,
    bos: Int?,
    eos: Int?
  ) throws {
    let tokenizer = try Tokenizer(
      json: Array("{\"model\": \(Self.model)}".utf8),
      configuration: Array(configuration.utf8)
    )
    #expect(tokenizer.bosID == bos && tokenizer.eosID == eos)
    #expect(tokenizer.encode("b") == [1])
  }

  @Test(arguments: [(0, 0), (0, 1), (1, 0), (2, 2), (0, 5), (5, 5)])
  func `stripping takes scalars from both ends of the text`(start: Int, stop: Int) throws {
    let decoder =
      #""decoder": {"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": "a", "start": \#(start), "stop": \#(stop)}]}"#
    let tokenizer = try Tokenizer(json: Array("{\"model\": \(Self.model), \(decoder)}".utf8))
    for text in ["", "a", "aa", "aab", "aba", "aaabaaa", "baabaa", "bb", "aaaaaaaaaaaa"] {
      var expected = text[...]
      for _ in 0..<start where expected.first == "a" { expected.removeFirst() }
      for _ in 0..<stop where expected.last == "a" { expected.removeLast() }
      #expect(tokenizer.decode(tokenizer.encode(text)) == expected, "\(text)")
    }
  }
}
