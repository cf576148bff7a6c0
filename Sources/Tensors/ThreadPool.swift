internal import CKernels
internal import Glibc
internal import Synchronization

/// Threads of our own that work through the tiles of one operation at a time, together with the calling thread.
///
/// Tiles are claimed atomically; what a tile computes never depends on who computes it, so results do not depend on
/// the number of threads. A call while the pool is busy (another thread's, or from inside a tile) does its tiles on
/// the calling thread alone. Idle threads spin for some microseconds, then sleep; a sleeping or preempted thread that
/// did not join a run is not waited for. Blocks the caller: not for the cooperative pool of Swift concurrency.
package final class ThreadPool: Sendable {
  /// Threads that work on a run, the caller's included.
  package let threadCount: Int
  private let board: JobBoard
  private let workers: [WorkerThread]

  /// Processors that the affinity mask and the control group's CPU limit leave to this process.
  package static var defaultThreadCount: Int { ProcessorAllowance.current }

  package init(threads: Int = ThreadPool.defaultThreadCount) {
    precondition(threads >= 1 && threads <= 1024, "a pool cannot have \(threads) threads")
    threadCount = threads
    let board = JobBoard()
    self.board = board
    workers = (1..<threads).map { _ in WorkerThread(board: board) }
  }

  deinit {
    board.close()
    for worker in workers { worker.join() }
  }

  /// Calls `body(0) … body(count - 1)`, each once, in any order and on several threads; returns when all are done.
  package func run(count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { escapable in
      var call = Call(body: escapable)
      unsafe withUnsafeMutablePointer(to: &call) { pointer in
        unsafe run(count: count, grain: 1, context: pointer) { context, first, last in
          let body = unsafe context.assumingMemoryBound(to: Call.self).pointee.body
          for index in first..<last { body(index) }
        }
      }
    }
  }

  /// Calls `body(context, first, last)` for ranges of at most `grain` that cover `0 ..< count`. Allocates nothing.
  func run(count: Int, grain: Int, context: UnsafeMutableRawPointer, _ body: @escaping TileFunction) {
    precondition(grain > 0, "a tile has at least one item")
    guard count > 0 else { return }
    let job = unsafe Job(body: body, context: context, count: count, grain: grain)
    guard threadCount > 1, count > grain, unsafe board.open(job) else { return unsafe body(context, 0, count) }
    board.workAndClose()
  }
}

private struct Call {
  let body: (Int) -> Void
}

typealias TileFunction = @convention(c) (UnsafeMutableRawPointer, Int, Int) -> Void

/// One pthread that takes part in the runs of a board until the board closes.
private struct WorkerThread: Sendable {
  private let handle: pthread_t

  init(board: JobBoard) {
    var handle = pthread_t()
    let context = unsafe Unmanaged.passRetained(board).toOpaque()
    let status = unsafe pthread_create(
      &handle,
      nil,
      { context in
        guard let context = unsafe context else { return nil }
        let board = unsafe Unmanaged<JobBoard>.fromOpaque(context).takeRetainedValue()
        board.serve()
        return nil
      },
      context
    )
    precondition(status == 0, "the system refused a thread (error \(status)); use fewer with --threads")
    self.handle = handle
  }

  func join() { pthread_join(handle, nil) }
}
