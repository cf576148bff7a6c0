import Queue
import Testing

struct LeaseStateMachineTests {
  private func held(at now: Duration = .zero) -> LeaseStateMachine {
    var machine = LeaseStateMachine(lease: .seconds(15), now: now)
    _ = machine.advance(to: now)
    _ = machine.succeeded(sentAt: now, now: now)
    return machine
  }

  @Test func `a new worker registers at once, and writes when that was answered`() {
    var machine = LeaseStateMachine(lease: .seconds(15), now: .seconds(3))
    #expect(machine.nextDeadline == .seconds(3) && !machine.mayWrite)
    #expect(machine.advance(to: .seconds(3)) == [.register])
    #expect(machine.advance(to: .seconds(4)) == [])
    #expect(machine.nextDeadline == nil)
    #expect(machine.succeeded(sentAt: .seconds(3), now: .seconds(5)) == [.resumeWrites])
    #expect(machine.state == .held(until: .seconds(18), renewAt: .seconds(8)))
  }

  @Test func `a registration that failed is tried again soon`() {
    var machine = LeaseStateMachine(lease: .seconds(15), now: .zero)
    _ = machine.advance(to: .zero)
    #expect(machine.failed(now: .seconds(2)) == [])
    #expect(machine.nextDeadline == .seconds(3))
    #expect(machine.advance(to: .seconds(3)) == [.register])
  }

  @Test func `a lease is renewed at a third of it, and counts from when the request was sent`() {
    var machine = held()
    #expect(machine.advance(to: .seconds(4)) == [])
    #expect(machine.advance(to: .seconds(5)) == [.renew])
    #expect(machine.advance(to: .seconds(6)) == [])
    #expect(machine.succeeded(sentAt: .seconds(5), now: .seconds(9)) == [])
    #expect(machine.state == .held(until: .seconds(20), renewAt: .seconds(10)))
  }

  @Test func `a failed renewal is repeated within the lease`() {
    var machine = held()
    _ = machine.advance(to: .seconds(5))
    #expect(machine.failed(now: .seconds(6)) == [])
    #expect(machine.state == .held(until: .seconds(15), renewAt: .seconds(7)))
    #expect(machine.advance(to: .seconds(7)) == [.renew])
  }

  @Test func `a lease that nobody renewed holds writes back until a heartbeat is answered`() {
    var machine = held()
    _ = machine.advance(to: .seconds(5))
    #expect(machine.nextDeadline == .seconds(15))
    #expect(machine.advance(to: .seconds(15)) == [.suspendWrites])
    #expect(!machine.mayWrite)
    #expect(machine.failed(now: .seconds(16)) == [])
    #expect(machine.advance(to: .seconds(17)) == [.renew])
    #expect(machine.succeeded(sentAt: .seconds(17), now: .seconds(18)) == [.resumeWrites])
    #expect(machine.mayWrite)
  }

  @Test func `an answer that took longer than the lease proves nothing`() {
    var machine = held()
    _ = machine.advance(to: .seconds(5))
    #expect(machine.succeeded(sentAt: .seconds(5), now: .seconds(21)) == [.suspendWrites, .renew])
    #expect(!machine.mayWrite)
  }

  @Test func `a call for commands renews at once, unless a request is on its way`() {
    var machine = held()
    #expect(machine.wasCalled() == [.renew])
    #expect(machine.wasCalled() == [])
    var fresh = LeaseStateMachine(now: .zero)
    #expect(fresh.wasCalled() == [])
  }

  @Test func `a worker that was taken for lost drops its attempts and registers afresh`() {
    var machine = held()
    _ = machine.advance(to: .seconds(5))
    #expect(machine.wasLost(now: .seconds(6)) == [.suspendWrites, .abandonAttempts, .register])
    var uncertain = held()
    _ = uncertain.advance(to: .seconds(16))
    #expect(uncertain.wasLost(now: .seconds(17)) == [.abandonAttempts, .register])
    #expect(uncertain.succeeded(sentAt: .seconds(17), now: .seconds(17)) == [.resumeWrites])
  }
}
