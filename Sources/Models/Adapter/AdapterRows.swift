internal import Tensors

/// The rows of a forward pass whose sequences have adapters, and room for what the adapters add to them.
///
/// The rows of one adapter are computed together, whatever sequences they are of; rows without one cost nothing. The
/// room grows to what the largest adapter needs: passes after that allocate nothing.
final class AdapterRows {
  private struct Group {
    let adapter: ModelAdapter
    /// Its place in `rows`.
    let range: Range<Int>
  }

  private var groups: [Group] = []
  private var rows: [Int] = []
  /// Rows as they are gathered: [chunk, depth], [chunk, rank], [chunk, columns].
  private var inputs = AlignedBuffer(count: 0)
  private var inner = AlignedBuffer(count: 0)
  private var outputs = AlignedBuffer(count: 0)
  /// f32 products prepare nothing.
  private var prepared = AlignedBuffer(count: 0)

  /// Rows at a time: enough to keep all threads at work.
  private static let chunk = 128

  func assign(_ batch: ForwardBatch) {
    removeAll()
    for index in batch.sequences.indices {
      guard let adapter = batch.sequences[index].adapter, !groups.contains(where: { $0.adapter === adapter }) else {
        continue
      }
      let start = rows.count
      for slice in batch.sequences[index...] where slice.adapter === adapter {
        rows += slice.start..<slice.start + slice.count
      }
      groups.append(Group(adapter: adapter, range: start..<rows.count))
    }
  }

  /// Lets go of the adapters.
  func removeAll() {
    groups.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
  }

  /// y += up(down(x)) for each row, by its own adapter; `linear` is the number of the layer that gave y.
  func add(linear: Int, _ x: borrowing AlignedBuffer, kernels: Kernels, to y: inout AlignedBuffer) {
    for group in groups {
      guard let layer = group.adapter.layers[linear] else { continue }
      reserve(layer)
      for start in stride(from: group.range.lowerBound, to: group.range.upperBound, by: Self.chunk) {
        add(layer, start..<min(start + Self.chunk, group.range.upperBound), x, kernels, &y)
      }
    }
  }

  private func add(
    _ layer: LowRankLayer,
    _ range: Range<Int>,
    _ x: borrowing AlignedBuffer,
    _ kernels: Kernels,
    _ y: inout AlignedBuffer
  ) {
    let depth = layer.down.depth, columns = layer.up.columns
    for (place, index) in range.enumerated() {
      kernels.copyRow(rows[index], of: x, width: depth, toRow: place, of: &inputs)
    }
    kernels.multiply(inputs, rows: range.count, by: layer.down, prepared: &prepared, into: &inner)
    kernels.multiply(inner, rows: range.count, by: layer.up, prepared: &prepared, into: &outputs)
    for (place, index) in range.enumerated() {
      kernels.addRow(place, of: outputs, width: columns, toRow: rows[index], of: &y)
    }
  }

  private func reserve(_ layer: LowRankLayer) {
    Self.grow(&inputs, to: layer.down.depth)
    Self.grow(&inner, to: layer.up.depth)
    Self.grow(&outputs, to: layer.up.columns)
  }

  private static func grow(_ buffer: inout AlignedBuffer, to width: Int) {
    if buffer.count < chunk * width { buffer = AlignedBuffer(count: chunk * width) }
  }
}
