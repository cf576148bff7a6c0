import Inference
import Testing

@Suite struct BlockCacheTests {
  private static let root = Predecessor.root(PrefixRoot(submitter: 0, isLong: false))

  /// A cache of blocks of 2 positions, in which a chain of blocks is filed and let go.
  private static func cache(blocks: Int, chain: [[Int32]] = []) -> BlockCache {
    var cache = BlockCache(blockCount: blocks, blockSize: 2)
    var predecessor = root
    var held: [Int32] = []
    for tokens in chain {
      guard let (block, _) = cache.take() else { break }
      _ = cache.file(block, after: predecessor, tokens.span)
      predecessor = .block(block)
      held.append(block)
    }
    for block in held.reversed() { cache.release(block) }
    return cache
  }

  @Test func `a block is found by what stands before it and its tokens`() {
    let cache = Self.cache(blocks: 4, chain: [[1, 2], [3, 4], [1, 2]])
    let first = cache.block(after: Self.root, [1, 2].span)
    #expect(first != nil)
    #expect(cache.block(after: Self.root, [2, 1].span) == nil)
    #expect(cache.block(after: Self.root, [3, 4].span) == nil)
    #expect(cache.block(after: .root(PrefixRoot(submitter: 1, isLong: false)), [1, 2].span) == nil)
    #expect(cache.block(after: .root(PrefixRoot(submitter: 0, isLong: true)), [1, 2].span) == nil)
    let second = first.flatMap { cache.block(after: .block($0), [3, 4].span) }
    let third = second.flatMap { cache.block(after: .block($0), [1, 2].span) }
    #expect(third != nil && third != first)
  }

  @Test func `what is filed first stays`() throws {
    var cache = Self.cache(blocks: 4, chain: [[1, 2]])
    let first = cache.block(after: Self.root, [1, 2].span)
    let taken = cache.take()
    let block = try #require(taken).block
    #expect(block != first)
    #expect(cache.file(block, after: Self.root, [1, 2].span) == first)
    #expect(!cache.isIdle(block))
  }

  @Test func `blocks without contents are taken before cached ones, of these the end of a chain first`() {
    var cache = Self.cache(blocks: 4, chain: [[1, 2], [3, 4]])
    #expect(cache.freeCount == 4 && cache.heldCount == 0)
    for _ in 0..<2 { #expect(cache.take()?.evicted == nil) }
    let first = cache.block(after: Self.root, [1, 2].span)
    #expect(cache.take()?.evicted == first.map { .block($0) })
    #expect(cache.take()?.evicted == Self.root)
    #expect(cache.take()?.block == nil)
    #expect(cache.evictedCount == 2 && cache.freeCount == 0)
    #expect(cache.block(after: Self.root, [1, 2].span) == nil)
  }

  @Test func `a block that is held is not evicted, and comes last when it is let go`() throws {
    var cache = Self.cache(blocks: 3, chain: [[1, 2], [3, 4]])
    let found = cache.block(after: Self.root, [1, 2].span)
    let first = try #require(found)
    cache.hold(first)
    cache.hold(first)
    #expect(cache.heldCount == 1)
    for _ in 0..<2 { #expect(cache.take() != nil) }
    #expect(cache.take() == nil)
    cache.release(first)
    #expect(cache.take() == nil)
    cache.release(first)
    #expect(cache.take()?.block == first)
  }

  @Test func `giving a block back twice is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var cache = BlockCache(blockCount: 2, blockSize: 2)
      guard let (block, _) = cache.take() else { return }
      cache.release(block)
      cache.release(block)
    }
  }

  @Test func `holding a block without contents is a programmer's error`() async {
    await #expect(processExitsWith: .failure) {
      var cache = BlockCache(blockCount: 2, blockSize: 2)
      cache.hold(1)
    }
  }
}
