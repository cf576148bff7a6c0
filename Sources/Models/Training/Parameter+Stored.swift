package import Tensors

extension Parameter {
  /// A tensor of the checkpoint as its file holds it, out of the values.
  package func stored(_ part: ParameterPart) -> AlignedBuffer { stored(part, of: values, offset: part.offset) }

  /// The same out of the gradient, which this parameter has.
  package func storedGradient(_ part: ParameterPart) -> AlignedBuffer { stored(part, of: gradient, offset: 0) }

  /// Sets a part's values from what its file holds.
  func setStored(_ stored: [Float], _ part: ParameterPart) {
    precondition(stored.count == part.rows.count * part.columns.count, "\(part.tensor) has another size")
    for (row, target) in part.rows.enumerated() {
      for (column, position) in part.columns.enumerated() {
        let index = part.isTransposed ? column * part.rows.count + row : row * part.columns.count + column
        values[target * width + position] = stored[index] + part.offset
      }
    }
  }

  private var width: Int { shape.count > 1 ? shape[1] : 1 }

  private func stored(_ part: ParameterPart, of buffer: borrowing AlignedBuffer, offset: Float) -> AlignedBuffer {
    var result = AlignedBuffer(count: part.rows.count * part.columns.count)
    let source = buffer.span
    var target = result.mutableSpan
    for row in 0..<part.rows.count {
      let start = (part.rows.lowerBound + row) * width + part.columns.lowerBound
      for column in 0..<part.columns.count {
        let index = part.isTransposed ? column * part.rows.count + row : row * part.columns.count + column
        target[index] = source[start + column] - offset
      }
    }
    return result
  }
}
