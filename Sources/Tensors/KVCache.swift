internal import CKernels

/// Keys and values of all layers in blocks of 32 positions; who owns which block is the scheduler's business.
///
/// Keys are [layer][block][keyValueHead][headSize][32] (the scores of a block lie in the lanes), values
/// [layer][block][keyValueHead][32][headSize rounded up to 16]. Memory is committed as blocks are first written.
/// One forward pass at a time uses a cache.
package final class KVCache {
  /// Positions in a block.
  package static let blockSize = Int(CK_KV_BLOCK)
  package static let maximumHeadSize = Int(CK_MAXIMUM_HEAD_SIZE)

  package let layerCount: Int
  package let blockCount: Int
  package let keyValueHeadCount: Int
  package let headSize: Int
  private var keys: AlignedBuffer
  private var values: AlignedBuffer

  package init(layerCount: Int, blockCount: Int, keyValueHeadCount: Int, headSize: Int) {
    precondition(layerCount > 0 && blockCount > 0 && keyValueHeadCount > 0, "a cache has layers, blocks and heads")
    precondition(headSize > 0 && headSize <= Self.maximumHeadSize, "head size \(headSize) is not supported")
    self.layerCount = layerCount
    self.blockCount = blockCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headSize = headSize
    let heads = layerCount * blockCount * keyValueHeadCount * Self.blockSize
    keys = AlignedBuffer(count: heads * headSize)
    values = AlignedBuffer(count: heads * Self.valueStride(headSize))
  }

  /// Bytes of one block over all layers, for sizing a cache to a memory budget.
  package static func blockByteCount(layerCount: Int, keyValueHeadCount: Int, headSize: Int) -> Int {
    let floats = layerCount * keyValueHeadCount * blockSize * (headSize + valueStride(headSize))
    return floats * MemoryLayout<Float>.stride
  }

  private static func valueStride(_ headSize: Int) -> Int { (headSize + 15) / 16 * 16 }

  func layer(_ layer: Int) -> ck_kv_layer {
    precondition(layer >= 0 && layer < layerCount, "layer \(layer) is outside \(layerCount)")
    let heads = layer * blockCount * keyValueHeadCount * Self.blockSize
    let stride = Self.valueStride(headSize)
    return unsafe ck_kv_layer(
      keys: keys.base + heads * headSize,
      values: values.base + heads * stride,
      kv_heads: keyValueHeadCount,
      head_size: headSize,
      value_stride: stride
    )
  }
}

/// One forward pass at a time touches the buffers; its threads write disjoint slots.
extension KVCache: @unchecked Sendable {}
