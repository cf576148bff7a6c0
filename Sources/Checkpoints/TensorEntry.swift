/// One tensor of a checkpoint, checked. In a safetensors file `range` has the size of dtype and shape; elsewhere the
/// bytes there become those of dtype and shape when they are read.
package struct TensorEntry: Sendable, Hashable {
  package let name: String
  package let dtype: DType
  package let shape: [Int]
  /// Bytes from the start of the file.
  package let range: Range<Int>

  package var elementCount: Int { shape.reduce(1, *) }
}
