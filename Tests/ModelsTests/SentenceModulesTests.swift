import Checkpoints
import Foundation
import JSON
import Models
import SharedTestData
import Tensors
import Testing

/// What sentence-transformers stores beside a model decides how it pools.
@Suite(.needsSharedData) struct SentenceModulesTests {
  /// The configuration of the bert fixture with these modules and this pooling.
  private func configuration(modules: JSONValue, pooling: JSONValue?) throws -> EmbeddingConfiguration {
    try withFixture("bert", [:]) { directory in
      try FileManager.default.createDirectory(atPath: directory + "/1_Pooling", withIntermediateDirectories: true)
      try write(modules.text, to: directory + "/modules.json")
      try write("{\"max_seq_length\": 50}", to: directory + "/sentence_bert_config.json")
      if let pooling { try write(pooling.text, to: directory + "/1_Pooling/config.json") }
      return try EmbeddingModel.load(directory: directory, pool: ThreadPool(threads: 1)).configuration
    }
  }

  private func modules(_ types: String..., folder: JSONValue = "1_Pooling") -> JSONValue {
    .array(types.map { ["type": .string("sentence_transformers.models." + $0), "path": folder] })
  }

  static let poolings: [(JSONValue, EmbeddingConfiguration.Pooling)] = [
    (["pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false], .cls),
    (["pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true], .mean),
    (["pooling_mode_mean_tokens": false, "pooling_mode_lasttoken": true], .lastToken), (["pooling_mode": "cls"], .cls),
    (["pooling_mode": "lasttoken"], .lastToken), ([:], .mean),
  ]

  @Test(arguments: poolings)
  func `the pooling is the one stored`(settings: JSONValue, expected: EmbeddingConfiguration.Pooling) throws {
    let configuration = try configuration(modules: modules("Transformer", "Pooling"), pooling: settings)
    #expect(configuration.pooling == expected)
    #expect(!configuration.isNormalized)
    #expect(configuration.maximumTokenCount == 50)
    #expect(configuration.dimensions == 64)
  }

  @Test func `a module that normalises does`() throws {
    let all = modules("Transformer", "Pooling", "Normalize")
    #expect(try configuration(modules: all, pooling: ["pooling_mode": "mean"]).isNormalized)
  }

  @Test func `modules and poolings that are not here are refused by their names`() throws {
    #expect(throws: CheckpointError.self) {
      try configuration(modules: modules("Transformer", "Pooling", "Dense"), pooling: [:])
    }
    for pooling in [["pooling_mode": "max"], ["pooling_mode_max_tokens": true], nil] as [JSONValue?] {
      #expect(throws: CheckpointError.self) { try configuration(modules: modules("Pooling"), pooling: pooling) }
    }
    for folder in ["", "..", "../bert", "a/b", "1_Pooling\u{0}", 3] as [JSONValue] {
      #expect(throws: CheckpointError.self) {
        try configuration(modules: modules("Pooling", folder: folder), pooling: [:])
      }
    }
  }
}
