internal import Checkpoints
internal import JSON

/// How many positions the rows of each layer see; nil: all before them.
struct LayerWindows: Sendable, Hashable {
  private let windows: [Int?]

  private enum CodingKeys: String, CodingKey {
    case window = "sliding_window"
    case layerTypes = "layer_types"
  }

  /// The same for all layers.
  init(_ window: Int?, layerCount: Int) { windows = Array(repeating: window, count: layerCount) }

  /// `window` in the layers that `layer_types` calls `sliding_attention`, or, without that key, in those that
  /// `rule` names.
  init(
    _ reader: ConfigurationReader,
    window: Int?,
    layerCount: Int,
    windowedLayers rule: (Int) -> Bool
  ) throws(CheckpointError) {
    let types = try reader.strings(CodingKeys.layerTypes)
    if let types, types.count != layerCount {
      throw reader.invalid(CodingKeys.layerTypes, "has \(types.count) entries for \(layerCount) layers")
    }
    var windows: [Int?] = []
    for layer in 0..<layerCount {
      let isWindowed = if let types { try Self.isWindowed(types[layer], reader) } else { rule(layer) }
      guard !isWindowed || window != nil else {
        throw CheckpointError(path: reader.path, .missingKey(CodingKeys.window.stringValue))
      }
      windows.append(isWindowed ? window : nil)
    }
    self.windows = windows
  }

  private static func isWindowed(_ type: String, _ reader: ConfigurationReader) throws(CheckpointError) -> Bool {
    switch type {
    case "sliding_attention": true
    case "full_attention": false
    default: throw reader.unsupported(CodingKeys.layerTypes, type, supported: "full_attention, sliding_attention")
    }
  }

  subscript(layer: Int) -> Int? { windows[layer] }

  /// `sliding_window`: `standard` when the key is missing, nil when it is null.
  static func window(_ reader: ConfigurationReader, standard: Int?) throws(CheckpointError) -> Int? {
    guard reader.contains(CodingKeys.window) else { return standard }
    return try reader.optionalInteger(CodingKeys.window, in: 1...1 << 26)
  }
}
