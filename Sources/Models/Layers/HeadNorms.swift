internal import Tensors

/// RMSNorm of each query and key head before the rotation (Henry et al. 2020); weights [headSize].
struct HeadNorms: ~Copyable, Sendable {
  let query: Parameter
  let key: Parameter
  let epsilon: Float

  /// qkv [rows, shape.width] in place.
  func callAsFunction(_ qkv: inout AlignedBuffer, rows: Int, shape: AttentionShape, kernels: Kernels) {
    kernels.normalizeHeads(
      &qkv,
      rows: rows,
      shape: shape,
      queryWeight: query.values,
      keyWeight: key.values,
      epsilon: epsilon
    )
  }
}
