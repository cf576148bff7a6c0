/// The models that a worker has in memory for one use: some with weights of their own, and beside each the adapters that
/// were used with it.
///
/// The least recently used leave first: a model when there would be too many, and its adapters with it; adapters when all
/// together would take too much.
package struct ModelShelf<Model: Sendable>: Sendable {
  private struct Place: Sendable {
    let model: Model
    /// Of an adapter beside a model; nil for weights of their own.
    let adapterByteCount: Int?
    let number: Int
    var lastUse: Int
  }

  private let modelLimit: Int
  private let adapterByteLimit: Int
  private var places: [ModelVariant: Place] = [:]
  private var useCount = 0

  package init(modelLimit: Int, adapterByteLimit: Int) {
    self.modelLimit = modelLimit
    self.adapterByteLimit = adapterByteLimit
  }

  /// Whoever uses an adapter uses its base.
  package mutating func use(_ variant: ModelVariant) -> Model? {
    guard let model = places[variant]?.model else { return nil }
    useCount += 1
    places[variant]?.lastUse = useCount
    if places[variant]?.adapterByteCount != nil, let base = variant.base { places[base]?.lastUse = useCount }
    return model
  }

  /// Tells a model that left and was loaded again from what it was; nil where it is not here.
  package func number(of variant: ModelVariant) -> Int? { places[variant]?.number }

  /// - Parameter adapterByteCount: of an adapter beside the model `variant.base`, which is here; nil for weights of their
  ///   own, for which there is room.
  package mutating func add(_ variant: ModelVariant, _ model: Model, adapterByteCount: Int?) {
    useCount += 1
    places[variant] = Place(model: model, adapterByteCount: adapterByteCount, number: useCount, lastUse: useCount)
  }

  /// For one more with weights of its own.
  /// - Returns: who left.
  package mutating func makeRoomForModel() -> [ModelVariant] {
    let models = places.filter { $0.value.adapterByteCount == nil }
    guard models.count >= modelLimit, let oldest = oldest(models) else { return [] }
    let leaving = places.filter { $0.key == oldest || $0.value.adapterByteCount != nil && $0.key.base == oldest }.keys
    for variant in leaving { places[variant] = nil }
    return Array(leaving)
  }

  /// - Returns: who left.
  package mutating func makeRoom(forAdapterOf byteCount: Int) -> [ModelVariant] {
    var leaving: [ModelVariant] = []
    var adapters = places.filter { $0.value.adapterByteCount != nil }
    while adapters.reduce(byteCount, { $0 + ($1.value.adapterByteCount ?? 0) }) > adapterByteLimit,
      let oldest = oldest(adapters)
    {
      adapters[oldest] = nil
      places[oldest] = nil
      leaving.append(oldest)
    }
    return leaving
  }

  private func oldest(_ places: [ModelVariant: Place]) -> ModelVariant? {
    places.min { $0.value.lastUse < $1.value.lastUse }?.key
  }
}
