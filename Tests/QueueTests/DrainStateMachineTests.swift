import Queue
import Testing

struct DrainStateMachineTests {
  private func machine(_ state: DrainStateMachine.State) -> DrainStateMachine {
    var machine = DrainStateMachine()
    if state == .running { return machine }
    _ = machine.stopRequested(attempts: 2)
    if state == .draining { return machine }
    _ = machine.limitPassed(attempts: 2)
    if state == .handingBack { return machine }
    _ = machine.attemptEnded(attempts: 0)
    return machine
  }

  @Test(
    arguments: [
      (.running, 2, .draining, [.stopClaiming, .awaitAttempts]), (.running, 0, .done, [.stopClaiming, .stop]),
      (.draining, 2, .handingBack, [.handBack]), (.draining, 0, .done, [.stop]), (.handingBack, 2, .done, [.stop]),
      (.done, 0, .done, []),
    ] as [(DrainStateMachine.State, Int, DrainStateMachine.State, [DrainStateMachine.Action])]
  )
  func `a signal stops claiming, the second does not wait for attempts, the third for nothing`(
    from: DrainStateMachine.State,
    attempts: Int,
    to: DrainStateMachine.State,
    actions: [DrainStateMachine.Action]
  ) {
    var machine = machine(from)
    #expect(machine.stopRequested(attempts: attempts) == actions)
    #expect(machine.state == to)
  }

  @Test(
    arguments: [
      (.running, [.stopClaiming, .awaitAttempts]), (.draining, []), (.handingBack, []), (.done, []),
    ] as [(DrainStateMachine.State, [DrainStateMachine.Action])]
  )
  func `an operator's command, which heartbeats repeat, drains once`(
    from: DrainStateMachine.State,
    actions: [DrainStateMachine.Action]
  ) {
    var machine = machine(from)
    #expect(machine.drainCommanded(attempts: 2) == actions)
  }

  @Test(
    arguments: [
      (.running, []), (.draining, [.handBack]), (.handingBack, [.stop]), (.done, []),
    ] as [(DrainStateMachine.State, [DrainStateMachine.Action])]
  )
  func `the limit ends the wait for attempts, a second one that for handing them back`(
    from: DrainStateMachine.State,
    actions: [DrainStateMachine.Action]
  ) {
    var machine = machine(from)
    #expect(machine.limitPassed(attempts: 2) == actions)
  }

  @Test(
    arguments: [
      (.running, []), (.draining, [.stop]), (.handingBack, [.stop]), (.done, []),
    ] as [(DrainStateMachine.State, [DrainStateMachine.Action])]
  )
  func `the last attempt's end stops a worker that drains`(
    from: DrainStateMachine.State,
    actions: [DrainStateMachine.Action]
  ) {
    var machine = machine(from)
    #expect(machine.attemptEnded(attempts: 1) == [])
    #expect(machine.attemptEnded(attempts: 0) == actions)
  }

  @Test func `only a running worker claims`() {
    #expect(machine(.running).mayClaim)
    #expect(![.draining, .handingBack, .done].contains { machine($0).mayClaim })
  }
}
