import Glibc

/// Runs `body` on a thread of its own: a step blocks for as long as it computes, which the cooperative pool of Swift
/// concurrency must never do.
func startThread(_ body: @escaping @Sendable () -> Void) {
  let start = Unmanaged.passRetained(ThreadStart(body))
  var handle = pthread_t()
  let status = pthread_create(
    &handle,
    nil,
    { context in
      guard let context else { return nil }
      Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue().body()
      return nil
    },
    start.toOpaque()
  )
  precondition(status == 0, "the system refused a thread (error \(status))")
  pthread_detach(handle)
}

private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
