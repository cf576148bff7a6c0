import Foundation
import JSON
import SharedTestData
import Testing
import Tokenizers

/// Random templates: every one ends with text or a typed error, in time and within its limits.
@Suite struct TemplateFuzzTests {
  /// `make proof` sets it.
  private static let duration: Duration =
    ProcessInfo.processInfo.environment["QUERN_PROOF"] != nil ? .seconds(120) : .seconds(1)

  private static let limits = TemplateLimits(steps: 50_000, textBytes: 4 << 20, outputBytes: 1 << 20)

  /// The sources that mutations start from.
  private static func seeds() throws -> [String] {
    let cases = try TemplateFixtures.cases().cases.compactMap { $0["template"]?.string }
    guard SharedData.isPresent else { return cases }
    let names = try FileManager.default.contentsOfDirectory(atPath: SharedData.path + "/chat_templates").sorted()
    return try cases + names.filter { $0.hasSuffix(".jinja") }.map { try SharedData.text("chat_templates/\($0)") }
  }

  @Test(arguments: [1, 2])
  func `no random template crashes, hangs or takes more than its limits`(seed: UInt64) throws {
    var grammar = TemplateGrammar(seed: seed, seeds: try Self.seeds())
    let variables = try TemplateFixtures.cases().variables
    let clock = ContinuousClock()
    let end = clock.now + Self.duration
    var count = 0
    var rendered = 0
    while clock.now < end {
      let source = grammar.template()
      let start = clock.now
      do throws(TemplateError) {
        let text = try TemplateFixtures.render(source, variables, limits: Self.limits)
        #expect(text.utf8.count <= Self.limits.outputBytes)
        rendered += 1
      } catch {
        #expect(!error.description.isEmpty)
      }
      #expect(clock.now - start < .seconds(10), "\(source)")
      count += 1
    }
    if Self.duration > .seconds(1) { print("fuzzed \(count) templates, \(rendered) rendered") }
    // The grammar is of use only while a good part of its templates is valid.
    #expect(rendered * 20 > count, "\(rendered) of \(count) templates rendered")
  }
}
