internal import Glibc
internal import Synchronization

/// Memory that many buffers are cut from, whole huge pages of it: weights that are streamed through for every token
/// then cost few translations of addresses, however small the single matrix is.
package final class BufferArena: Sendable {
  private struct State {
    var chunk: MappedChunk?
    var offset = 0
  }

  private let state = Mutex(State())

  private static let chunkByteCount = 64 << 20

  package init() {}

  /// The chunk with room for `byteCount` zero bytes at the offset, a multiple of 64.
  func take(byteCount: Int) -> (chunk: MappedChunk, offset: Int) {
    state.withLock { state in
      if let chunk = state.chunk, chunk.byteCount - state.offset >= byteCount {
        defer { state.offset += (byteCount + 63) / 64 * 64 }
        return (chunk, state.offset)
      }
      let chunk = MappedChunk(byteCount: max(byteCount, Self.chunkByteCount))
      // What is left of the chunk before stays with its buffers; a large matrix does not end a chunk in use.
      if byteCount < Self.chunkByteCount / 2 {
        state.chunk = chunk
        state.offset = (byteCount + 63) / 64 * 64
      }
      return (chunk, 0)
    }
  }
}

/// An anonymous mapping of zero bytes that starts and ends on the border of a huge page.
@safe final class MappedChunk {
  let byteCount: Int
  let base: UnsafeMutableRawPointer

  private static let hugePage = 2 << 20

  init(byteCount wanted: Int) {
    precondition(wanted >= 0 && wanted <= Int.max / 2, "a chunk cannot hold \(wanted) bytes")
    byteCount = (wanted + Self.hugePage - 1) / Self.hugePage * Self.hugePage
    let mappedCount = byteCount + Self.hugePage
    let raw = unsafe mmap(nil, mappedCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let raw = unsafe raw, unsafe raw != MAP_FAILED else {
      fatalError("the system has no \(mappedCount) bytes left for a buffer")
    }
    let before = (Self.hugePage - Int(bitPattern: raw) % Self.hugePage) % Self.hugePage
    unsafe base = raw + before
    if before > 0 { unsafe munmap(raw, before) }
    let after = Self.hugePage - before
    if after > 0 { unsafe munmap(base + byteCount, after) }
    // Advice only: without huge pages the memory works the same.
    _ = unsafe madvise(base, byteCount, MADV_HUGEPAGE)
  }

  deinit { unsafe munmap(base, byteCount) }
}

/// Buffers own disjoint parts of it.
extension MappedChunk: @unchecked Sendable {}
