/// Cosines and sines of the rotary angles of a batch's rows, both [rows, width / 2].
package struct RotaryAngles: ~Copyable, Sendable {
  /// The dimensions of a head that turn, in pairs.
  package let width: Int
  let maximumRows: Int
  var cosines: AlignedBuffer
  var sines: AlignedBuffer

  package init(maximumRows: Int, width: Int) {
    precondition(width >= 0 && width % 2 == 0, "rotary embedding pairs dimensions; \(width) of them are odd")
    self.width = width
    self.maximumRows = maximumRows
    cosines = AlignedBuffer(count: maximumRows * width / 2)
    sines = AlignedBuffer(count: maximumRows * width / 2)
  }

  /// The angle of pair `pair` (dimensions `pair` and `pair + width / 2`) in row `row`.
  package mutating func set(row: Int, pair: Int, cosine: Float, sine: Float) {
    precondition(pair < width / 2, "there is no pair \(pair)")
    cosines[row * width / 2 + pair] = cosine
    sines[row * width / 2 + pair] = sine
  }
}
