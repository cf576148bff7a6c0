internal import Glibc

/// A pthread mutex and condition variable that wait for a predicate.
@safe struct Condition: ~Copyable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let variable: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe variable = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(variable, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(variable)
    unsafe pthread_mutex_destroy(mutex)
    unsafe variable.deallocate()
    unsafe mutex.deallocate()
  }

  func broadcast() {
    unsafe pthread_mutex_lock(mutex)
    unsafe pthread_cond_broadcast(variable)
    unsafe pthread_mutex_unlock(mutex)
  }

  /// Sleeps while the predicate holds. `onSleep` is told 1 before the predicate is first read and -1 at the end, so
  /// that who changes the predicate and then reads the number of sleepers misses none.
  func wait(while predicate: () -> Bool, onSleep: (Int) -> Void) {
    unsafe pthread_mutex_lock(mutex)
    onSleep(1)
    while predicate() { unsafe pthread_cond_wait(variable, mutex) }
    onSleep(-1)
    unsafe pthread_mutex_unlock(mutex)
  }
}

extension Condition: @unchecked Sendable {}
