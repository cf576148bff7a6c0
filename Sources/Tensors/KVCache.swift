internal import CKernels

/// Keys and values of all layers in blocks of 32 positions; who owns which block is the scheduler's business.
///
/// Keys are [layer][block][keyValueHead][headSize][32] (the scores of a block lie in the lanes), values
/// [layer][block][keyValueHead][32][headSize rounded up to 32]; `ck_kv_store.h` has the bytes. Memory is committed as
/// blocks are first written. One forward pass at a time uses a cache.
package final class KVCache {
  /// Positions in a block.
  package static let blockSize = Int(CK_KV_BLOCK)
  package static let maximumHeadSize = Int(CK_MAXIMUM_HEAD_SIZE)

  package let layerCount: Int
  package let blockCount: Int
  package let keyValueHeadCount: Int
  package let headSize: Int
  package let precision: KeyValuePrecision
  /// Raw memory, whatever the precision.
  private let keys: AlignedBuffer
  private let values: AlignedBuffer

  package init(
    layerCount: Int,
    blockCount: Int,
    keyValueHeadCount: Int,
    headSize: Int,
    precision: KeyValuePrecision = .float32
  ) {
    precondition(layerCount > 0 && blockCount > 0 && keyValueHeadCount > 0, "a cache has layers, blocks and heads")
    precondition(headSize > 0 && headSize <= Self.maximumHeadSize, "head size \(headSize) is not supported")
    self.layerCount = layerCount
    self.blockCount = blockCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headSize = headSize
    self.precision = precision
    let heads = layerCount * blockCount * keyValueHeadCount
    keys = AlignedBuffer(count: heads * Self.floatCount(ck_kv_key_bytes(precision.format, headSize)))
    values = AlignedBuffer(count: heads * Self.floatCount(ck_kv_value_bytes(precision.format, headSize)))
  }

  /// Bytes of one block over all layers, for sizing a cache to a memory budget.
  package static func blockByteCount(
    layerCount: Int,
    keyValueHeadCount: Int,
    headSize: Int,
    precision: KeyValuePrecision = .float32
  ) -> Int {
    let format = precision.format
    return layerCount * keyValueHeadCount * (ck_kv_key_bytes(format, headSize) + ck_kv_value_bytes(format, headSize))
  }

  /// A block's bytes for one head are whole groups of 32, 64 or 128.
  private static func floatCount(_ byteCount: Int) -> Int { byteCount / MemoryLayout<Float>.stride }

  func layer(_ layer: Int) -> ck_kv_layer {
    precondition(layer >= 0 && layer < layerCount, "layer \(layer) is outside \(layerCount)")
    let heads = layer * blockCount * keyValueHeadCount
    return unsafe ck_kv_layer(
      keys: UnsafeMutableRawPointer(keys.base) + heads * ck_kv_key_bytes(precision.format, headSize),
      values: UnsafeMutableRawPointer(values.base) + heads * ck_kv_value_bytes(precision.format, headSize),
      format: precision.format,
      kv_heads: keyValueHeadCount,
      head_size: headSize
    )
  }
}

/// One forward pass at a time touches the buffers; its threads write disjoint slots.
extension KVCache: @unchecked Sendable {}
