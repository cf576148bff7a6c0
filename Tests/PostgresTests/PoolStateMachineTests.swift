import Postgres
import Testing

@Suite struct `The pool's state machine` {
  private typealias Action = PoolStateMachine.Action

  /// A pool whose connection 0 is in `state`; nil for one that is not there.
  private static func pool(_ state: PoolStateMachine.ConnectionState?, maximum: Int = 2) -> PoolStateMachine {
    var pool = PoolStateMachine(maximumConnections: maximum)
    guard let state else { return pool }
    _ = pool.requested(by: 100)
    switch state {
    case .connecting: break
    case .backingOff: _ = pool.connectFailed(0)
    case .leased: _ = pool.connected(0)
    case .idle, .checking:
      _ = pool.connected(0)
      _ = pool.released(0, reusable: true)
      if state == .checking { _ = pool.checkDue() }
    }
    return pool
  }

  @Test(arguments: [nil, .connecting, .backingOff, .idle, .checking, .leased] as [PoolStateMachine.ConnectionState?])
  func `reaches every state`(_ state: PoolStateMachine.ConnectionState?) {
    #expect(Self.pool(state).state(of: 0) == state)
  }

  // MARK: A request

  @Test func `a request opens a connection when there is none`() {
    var pool = Self.pool(nil)
    #expect(pool.requested(by: 1) == [.connect(0)])
  }

  @Test func `a request gets the idle connection at once`() {
    var pool = Self.pool(.idle)
    #expect(pool.requested(by: 1) == [.grant(1, 0)])
    #expect(pool.state(of: 0) == .leased && pool.idleCount == 0)
  }

  @Test func `a second request opens a second connection`() {
    var pool = Self.pool(.connecting)
    #expect(pool.requested(by: 1) == [.connect(1)])
  }

  @Test(arguments: [.leased, .connecting] as [PoolStateMachine.ConnectionState])
  func `a request beyond the maximum waits`(_ state: PoolStateMachine.ConnectionState) {
    var pool = Self.pool(state, maximum: 1)
    #expect(pool.requested(by: 1) == [])
  }

  @Test func `a request while the server is away waits for the probe`() {
    var pool = Self.pool(.backingOff, maximum: 4)
    #expect(pool.requested(by: 1) == [])
  }

  @Test func `a request while the connection is checked waits for the outcome`() {
    var pool = Self.pool(.checking, maximum: 4)
    #expect(pool.requested(by: 1) == [])
    #expect(pool.checked(0, alive: true) == [.grant(1, 0)])
  }

  @Test func `the first request is the first served`() {
    var pool = Self.pool(.leased, maximum: 1)
    for waiter in 1...3 { _ = pool.requested(by: waiter) }
    #expect(pool.withdrawn(2) == true)
    #expect(pool.released(0, reusable: true) == [.grant(1, 0)])
    #expect(pool.released(0, reusable: true) == [.grant(3, 0)])
    #expect(pool.released(0, reusable: true) == [])
  }

  @Test func `the most recently used connection goes out first`() {
    var pool = Self.pool(.leased)
    _ = pool.requested(by: 1)
    _ = pool.connected(1)
    _ = pool.released(1, reusable: true)
    _ = pool.released(0, reusable: true)
    #expect(pool.takeIdle() == 0)
    #expect(pool.takeIdle() == 1)
    #expect(pool.takeIdle() == nil)
  }

  @Test func `a withdrawal says whether it came in time`() {
    var pool = Self.pool(.connecting)
    #expect(pool.withdrawn(100) == true)
    #expect(pool.withdrawn(100) == false)
    #expect(pool.connected(0) == [])
    #expect(pool.state(of: 0) == .idle)
  }

  // MARK: Connections

  @Test func `a failed connect is tried again after a wait that grows`() {
    var pool = Self.pool(.connecting)
    #expect(pool.connectFailed(0) == [.backOff(0, failures: 1)])
    #expect(pool.backoffElapsed(0) == [.connect(0)])
    #expect(pool.connectFailed(0) == [.backOff(0, failures: 2)])
    #expect(pool.backoffElapsed(0) == [.connect(0)])
    #expect(pool.connected(0) == [.grant(100, 0)])
    #expect(pool.released(0, reusable: false) == [.close(0)])
    #expect(pool.requested(by: 1) == [.connect(1)])
  }

  @Test func `several connects that fail together leave one probe, and success brings the others back`() {
    var pool = Self.pool(.connecting, maximum: 3)
    _ = pool.requested(by: 1)
    _ = pool.requested(by: 2)
    #expect(pool.connectFailed(0) == [])
    #expect(pool.connectFailed(1) == [])
    #expect(pool.connectFailed(2) == [.backOff(2, failures: 2)])
    #expect(pool.backoffElapsed(2) == [.connect(2)])
    #expect(pool.connected(2) == [.grant(100, 2), .connect(3), .connect(4)])
  }

  @Test func `nobody waiting ends the probing, and the next request waits first`() {
    var pool = Self.pool(.backingOff)
    _ = pool.withdrawn(100)
    #expect(pool.backoffElapsed(0) == [])
    #expect(pool.connectionCount == 0)
    #expect(pool.requested(by: 1) == [.backOff(1, failures: 1)])
    #expect(pool.backoffElapsed(1) == [.connect(1)])
    _ = pool.withdrawn(1)
    #expect(pool.connectFailed(1) == [])
    #expect(pool.connectionCount == 0)
  }

  @Test func `a broken connection leaves the pool and is replaced for those who wait`() {
    var pool = Self.pool(.leased, maximum: 1)
    _ = pool.requested(by: 1)
    #expect(pool.released(0, reusable: false) == [.close(0), .connect(1)])
  }

  @Test func `idle connections are checked, and dead ones leave`() {
    var pool = Self.pool(.idle)
    #expect(pool.checkDue() == [.check(0)])
    #expect(pool.checkDue() == [])
    #expect(pool.takeIdle() == nil)
    #expect(pool.checked(0, alive: false) == [.close(0)])
    #expect(pool.connectionCount == 0)
  }

  @Test(arguments: [nil, .connecting, .backingOff, .leased] as [PoolStateMachine.ConnectionState?])
  func `only idle connections are checked`(_ state: PoolStateMachine.ConnectionState?) {
    var pool = Self.pool(state)
    #expect(pool.checkDue() == [])
    #expect(pool.state(of: 0) == state)
  }

  @Test(arguments: [nil, .connecting, .idle, .checking, .leased] as [PoolStateMachine.ConnectionState?])
  func `the end of a wait that nobody knows is nothing`(_ state: PoolStateMachine.ConnectionState?) {
    var pool = Self.pool(state)
    #expect(pool.backoffElapsed(0) == [])
    #expect(pool.state(of: 0) == state)
  }

  // MARK: The end

  @Test func `a shutdown of an empty pool stops at once, and once`() {
    var pool = Self.pool(nil)
    #expect(pool.shutDown() == [.stop])
    #expect(pool.shutDown() == [])
    #expect(pool.requested(by: 1) == [.refuse(1)])
  }

  @Test func `a shutdown closes what is idle`() {
    var pool = Self.pool(.idle)
    #expect(pool.shutDown() == [.close(0), .stop])
  }

  @Test func `a shutdown refuses those who wait and gives up the probe`() {
    var pool = Self.pool(.backingOff)
    #expect(pool.shutDown() == [.refuse(100), .stop])
    #expect(pool.backoffElapsed(0) == [])
  }

  @Test func `a shutdown waits for a connection in use`() {
    var pool = Self.pool(.leased)
    #expect(pool.shutDown() == [])
    #expect(pool.checkDue() == [])
    #expect(pool.released(0, reusable: true) == [.close(0), .stop])
  }

  @Test func `a shutdown waits for a connection that is checked`() {
    var pool = Self.pool(.checking)
    #expect(pool.shutDown() == [])
    #expect(pool.checked(0, alive: true) == [.close(0), .stop])
  }

  @Test func `a connection that opens during a shutdown is closed`() {
    var pool = Self.pool(.connecting)
    #expect(pool.shutDown() == [.refuse(100)])
    #expect(pool.connected(0) == [.close(0), .stop])
  }

  @Test func `a connect that fails during a shutdown is the end of it`() {
    var pool = Self.pool(.connecting)
    _ = pool.shutDown()
    #expect(pool.connectFailed(0) == [.stop])
  }

  // MARK: What the driver must not do

  enum Misuse: String, CaseIterable, Codable {
    case connected, connectFailed, released, checked

    var rightState: PoolStateMachine.ConnectionState {
      switch self {
      case .connected, .connectFailed: .connecting
      case .released: .leased
      case .checked: .checking
      }
    }

    func apply(to pool: inout PoolStateMachine) {
      switch self {
      case .connected: _ = pool.connected(0)
      case .connectFailed: _ = pool.connectFailed(0)
      case .released: _ = pool.released(0, reusable: true)
      case .checked: _ = pool.checked(0, alive: true)
      }
    }
  }

  @Test(arguments: Misuse.allCases)
  func `an event in the wrong state is a programmer's error`(_ misuse: Misuse) async {
    let states: [PoolStateMachine.ConnectionState?] = [nil, .connecting, .backingOff, .idle, .checking, .leased]
    for index in states.indices where states[index] != misuse.rightState {
      await #expect(processExitsWith: .failure) { [misuse = misuse as Misuse, index = index as Int] in
        let states: [PoolStateMachine.ConnectionState?] = [nil, .connecting, .backingOff, .idle, .checking, .leased]
        var pool = Self.pool(states[index])
        misuse.apply(to: &pool)
      }
    }
  }

  @Test func `a pool of nothing is a programmer's error`() async {
    await #expect(processExitsWith: .failure) { _ = PoolStateMachine(maximumConnections: 0) }
  }
}
