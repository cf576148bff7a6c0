import CLibpq
import Dispatch
import Synchronization

/// Asks the server to stop the running statement, on a thread of its own because `PQcancel` blocks.
///
/// The next statement must wait for `isFinished`: a request still on its way would hit that one instead.
/// Unchecked because the pointer is only read and freed once; libpq documents `PQcancel` as safe on other threads.
@safe final class CancelRequest: @unchecked Sendable {
  private let pointer: OpaquePointer?
  private let finished = Atomic(false)

  init(for connection: OpaquePointer) {
    unsafe pointer = unsafe PQgetCancel(connection)
  }

  deinit { unsafe PQfreeCancel(pointer) }

  var isFinished: Bool { finished.load(ordering: .acquiring) }

  /// Signals `wakeup` when the server has taken the request or refused it.
  func send(then wakeup: Wakeup) {
    DispatchQueue.global().async {
      // A refusal shows as a statement that goes on: then the grace period ends with closing the connection.
      unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
        _ = unsafe PQcancel(self.pointer, message.baseAddress, Int32(message.count))
      }
      self.finished.store(true, ordering: .releasing)
      wakeup.signal()
    }
  }
}
