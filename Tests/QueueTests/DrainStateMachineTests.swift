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

  @Test(
    arguments: [(3, .draining, []), (0, .done, [.stop])]
      as [(Int, DrainStateMachine.State, [DrainStateMachine.Action])]
  )
  func `a signal during a claim waits for what the claim gives`(
    attempts: Int,
    to: DrainStateMachine.State,
    actions: [DrainStateMachine.Action]
  ) {
    var machine = DrainStateMachine()
    let claims = machine.claimBegins()
    let onSignal = machine.stopRequested(attempts: 0)
    let onAttemptEnd = machine.attemptEnded(attempts: 0)
    #expect(claims && onSignal == [.stopClaiming, .awaitAttempts] && onAttemptEnd == [])
    let onClaimEnd = machine.claimEnded(attempts: attempts)
    #expect(onClaimEnd == actions && machine.state == to)
  }

  @Test func `what a claim gives after the limit goes back at once`() {
    var machine = DrainStateMachine()
    _ = machine.claimBegins()
    _ = machine.stopRequested(attempts: 0)
    let onLimit = machine.limitPassed(attempts: 0)
    let onClaimEnd = machine.claimEnded(attempts: 2)
    #expect(onLimit == [.handBack] && onClaimEnd == [.handBack] && machine.state == .handingBack)
    let onAttemptEnd = machine.attemptEnded(attempts: 0)
    #expect(onAttemptEnd == [.stop])
  }

  @Test func `only a running worker claims`() {
    for state in [.running, .draining, .handingBack, .done] as [DrainStateMachine.State] {
      var machine = machine(state)
      #expect(machine.mayClaim == (state == .running))
      let claims = machine.claimBegins()
      #expect(claims == (state == .running))
    }
  }
}
