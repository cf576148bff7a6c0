/// One tensor of a safetensors file, checked: `range` lies in the file and has the size of dtype and shape.
package struct TensorEntry: Sendable, Hashable {
  package let name: String
  package let dtype: DType
  package let shape: [Int]
  /// Bytes from the start of the file.
  package let range: Range<Int>

  package var elementCount: Int { shape.reduce(1, *) }
}
