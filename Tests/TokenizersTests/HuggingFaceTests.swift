import Foundation
import SharedTestData
import Testing
import Tokenizers

/// Random Unicode, side by side with the libraries.
@Suite(.needsPythonLibraries) struct HuggingFaceTests {
  private static let seed = PythonLibraries.isProof ? "20" : "7"

  @Test func `every normaliser, pre-tokeniser and decoder does what the library's does`() throws {
    let count = PythonLibraries.isProof ? "3000" : "150"
    let references = try PythonLibraries.references(["components", Self.seed, count])
    #expect(references.count > 60)
    for reference in references { compare(reference) }
  }

  @Test(.needsSharedData)
  func `real vocabularies give the library's ids for random Unicode`() throws {
    let count = PythonLibraries.isProof ? "20000" : "300"
    let references = try PythonLibraries.references(["vocabularies", Self.seed, count, SharedData.path])
    #expect(references.count == 8)
    for reference in references { compare(reference) }
  }

  @Test func `models trained now by tokenizers and sentencepiece give their ids`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "quern-unigram-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let count = PythonLibraries.isProof ? "10000" : "300"
    let references = try PythonLibraries.references(["unigram", Self.seed, count, folder.path()])
    #expect(references.count == 8)
    for reference in references { compare(reference) }
  }

  private func compare(_ reference: PythonLibraries.Reference) {
    for (text, ids, decoded) in reference.cases {
      let escaped = text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
      #expect(reference.tokenizer.encode(text, addSpecialTokens: false) == ids, "\(reference.name): \(escaped)")
      guard let decoded else { continue }
      let whole = reference.tokenizer.decode(ids, skipSpecialTokens: false)
      #expect(Array(whole.utf8) == Array(decoded.utf8), "\(reference.name): \(ids)")
      var stream = reference.tokenizer.makeStreamDecoder(skipSpecialTokens: false)
      let pieces = ids.map { stream.push($0) } + [stream.finish()]
      #expect(Array(pieces.joined().utf8) == Array(decoded.utf8), "\(reference.name), streamed: \(ids)")
    }
  }
}
