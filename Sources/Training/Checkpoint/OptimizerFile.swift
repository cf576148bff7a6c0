internal import Checkpoints
internal import Models
internal import Tensors

/// optimizer.safetensors: the moments of each parameter, and the values of those that the model's own file does not
/// hold to the bit.
struct OptimizerFile {
  static let name = "optimizer.safetensors"

  private enum Content: String {
    case first = "exp_avg"
    case second = "exp_avg_sq"
    case values
  }

  static func write(_ optimizer: Optimizer, to directory: String) throws(CheckpointError) {
    let names = optimizer.parameters.reduce(0) { $0 + 3 * (6 * $1.name.utf8.count + 320) }
    let writer = try SafetensorsWriter(path: directory + "/" + name, headerByteCount: 4096 + names)
    for (index, parameter) in optimizer.parameters.enumerated() {
      if !optimizer.moments.isEmpty {
        let moments = optimizer.moments[index]
        try append(moments.first, of: parameter, as: .first, to: writer)
        try append(moments.second, of: parameter, as: .second, to: writer)
      }
      if !parameter.isStoredExactly { try append(parameter.values, of: parameter, as: .values, to: writer) }
    }
    try writer.finish(metadata: [:])
  }

  private static func append(
    _ buffer: borrowing AlignedBuffer,
    of parameter: Parameter,
    as content: Content,
    to writer: SafetensorsWriter
  ) throws(CheckpointError) {
    try writer.append(key(parameter, content), .float32, shape: parameter.shape, buffer.bytes)
  }

  static func readMoments(into optimizer: Optimizer, from directory: String) throws(CheckpointError) {
    let entries = try EntryTable(SafetensorsFile(path: directory + "/" + name))
    for (parameter, moments) in zip(optimizer.parameters, optimizer.moments) {
      try entries.read(key(parameter, .first), shape: parameter.shape, into: &moments.first)
      try entries.read(key(parameter, .second), shape: parameter.shape, into: &moments.second)
    }
  }

  /// Of the parameters that the model's own file does not hold to the bit.
  static func readValues(into parameters: [Parameter], from directory: String) throws(CheckpointError) {
    let inexact = parameters.filter { !$0.isStoredExactly }
    guard !inexact.isEmpty else { return }
    let entries = try EntryTable(SafetensorsFile(path: directory + "/" + name))
    for parameter in inexact {
      try entries.read(key(parameter, .values), shape: parameter.shape, into: &parameter.values)
    }
  }

  private static func key(_ parameter: Parameter, _ content: Content) -> String {
    parameter.name + "." + content.rawValue
  }
}

extension Parameter {
  /// Whether the model's file has its values to the bit: an offset costs some.
  var isStoredExactly: Bool { parts.allSatisfy { $0.offset == 0 } }
}
