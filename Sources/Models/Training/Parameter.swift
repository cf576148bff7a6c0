package import Tensors

/// Weights of one layer as the optimiser sees them: values, their gradient, and the checkpoint's tensors in them.
///
/// Query, key and value (or gate and up) are one parameter [columns, depth]; so are the low-rank matrices beside them.
/// Whoever steps the model has it alone: one pass or one update at a time touches a parameter.
package final class Parameter {
  /// The tensors' names, joined by `+`.
  package let name: String
  /// [columns, depth], or [count].
  package let shape: [Int]
  package let parts: [ParameterPart]
  /// Whether weight decay is for it: not for biases and norms, as in transformers' Trainer.
  package let decays: Bool
  package let isTrainable: Bool
  package var values: AlignedBuffer
  /// Of the shape of `values`; of none where the parameter is frozen.
  package var gradient: AlignedBuffer

  init(
    shape: [Int],
    parts: [ParameterPart],
    decays: Bool,
    isTrainable: Bool,
    values: consuming AlignedBuffer,
    gradients arena: BufferArena = BufferArena()
  ) {
    let count = shape.reduce(1, *)
    precondition(values.count == count, "\(values.count) values are not of shape \(shape)")
    self.name = parts.map(\.tensor).joined(separator: "+")
    self.shape = shape
    self.parts = parts
    self.decays = decays
    self.isTrainable = isTrainable
    self.values = values
    gradient = isTrainable ? AlignedBuffer(count: count, arena: arena) : AlignedBuffer(count: 0)
  }

  /// Of inference: a vector or table that is as the checkpoint has it.
  convenience init(frozen name: String, shape: [Int], values: consuming AlignedBuffer) {
    let part = ParameterPart(
      tensor: name,
      shape: shape,
      rows: 0..<shape[0],
      columns: 0..<shape.dropFirst().reduce(1, *)
    )
    self.init(shape: shape, parts: [part], decays: false, isTrainable: false, values: values)
  }

  package var count: Int { values.count }
}

/// One pass or one update at a time touches the buffers; inference reads the values alone.
extension Parameter: @unchecked Sendable {}

/// Which of a parameter's values make a tensor of the checkpoint, and how they stand there.
package struct ParameterPart: Sendable, Hashable {
  /// The name in the checkpoint or in the adapter's file.
  package let tensor: String
  /// In the file.
  package let shape: [Int]
  /// Of the parameter, a vector being one row for each value.
  package let rows: Range<Int>
  package let columns: Range<Int>
  /// Whether the file holds [columns, rows].
  package let isTransposed: Bool
  /// What the file's values are less than the parameter's.
  package let offset: Float

  init(
    tensor: String,
    shape: [Int],
    rows: Range<Int>,
    columns: Range<Int>,
    isTransposed: Bool = false,
    offset: Float = 0
  ) {
    self.tensor = tensor
    self.shape = shape
    self.rows = rows
    self.columns = columns
    self.isTransposed = isTransposed
    self.offset = offset
  }
}
