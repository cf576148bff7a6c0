import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Runs `Fixtures/huggingface.py` with the interpreter of `QUERN_PYTHON`, or python3.
enum PythonLibraries {
  static let hint: Comment =
    "needs `pip install tokenizers==0.23.3 sentencepiece protobuf` for python3, or QUERN_PYTHON"

  /// Texts per tokenizer; with QUERN_PROOF twenty times as many, of another seed.
  static let isProof = ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil

  static let isPresent: Bool = {
    let check = "import tokenizers, sentencepiece; assert tokenizers.__version__ == '0.23.3'"
    return (try? Python.output(["-c", check], showsErrors: false)) != nil
  }()

  struct Reference {
    let tokenizer: Tokenizer
    let name: String
    let cases: [(text: String, ids: [Int], decoded: String?)]
  }

  static func references(_ arguments: [String]) throws -> [Reference] {
    try Python.output(["\(Fixtures.directory)/huggingface.py"] + arguments).split(separator: 0x0a).map { line in
      let line = try JSONValue(parsing: Array(line))
      let cases = try #require(line["cases"]?.array).map {
        (try #require($0["text"]?.string), try #require($0["ids"]?.ids), $0["decoded"]?.string)
      }
      if let json = line["json"]?.string {
        let members = try JSONValue(parsing: Array(json.utf8))
        let name = ["normalizer", "pre_tokenizer", "decoder"].compactMap { members[$0]?.text }.joined(separator: " ")
        return Reference(tokenizer: try Tokenizer(json: Array(json.utf8)), name: name, cases: cases)
      }
      let path = try #require(line["path"]?.string)
      let tokenizer =
        path.hasPrefix("/")
        ? try Tokenizer(model: Array(try Data(contentsOf: URL(filePath: path)))) : try Vocabularies.tokenizer(path)
      return Reference(tokenizer: tokenizer, name: path, cases: cases)
    }
  }
}

extension Trait where Self == ConditionTrait {
  static var needsPythonLibraries: Self { .enabled(if: PythonLibraries.isPresent, PythonLibraries.hint) }
}
