/// Which connection goes to whom, and when to open and close them. Pure: events in, actions out.
///
/// After a failed connect a single connection probes the server, with growing waits; once it is through, others follow.
package struct PoolStateMachine: Sendable {
  package typealias ConnectionID = Int
  package typealias WaiterID = Int

  package enum Action: Sendable, Hashable {
    /// Open connection `id`; answer with `connected` or `connectFailed`.
    case connect(ConnectionID)
    /// Wait as long as fits the number of failures in a row, then answer with `backoffElapsed`.
    case backOff(ConnectionID, failures: Int)
    /// The waiter has the connection until `released`.
    case grant(WaiterID, ConnectionID)
    /// See whether an idle connection is alive; answer with `checked`.
    case check(ConnectionID)
    case close(ConnectionID)
    /// The pool is shut down: there will be no connection.
    case refuse(WaiterID)
    /// All connections are gone after a shutdown.
    case stop
  }

  package enum ConnectionState: Sendable, Hashable {
    case connecting
    case backingOff
    case idle
    case checking
    case leased
  }

  private enum Phase: Sendable {
    case open
    case shuttingDown
    case stopped
  }

  private let maximumConnections: Int
  private var phase = Phase.open
  private var connections: [ConnectionID: ConnectionState] = [:]
  /// The most recently used last: it goes out first, so that the rest can be seen to be idle.
  private var idle: [ConnectionID] = []
  /// In the order of arrival.
  private var waiters: [WaiterID] = []
  private var failures = 0
  private var nextConnection = 0

  package init(maximumConnections: Int) {
    precondition(maximumConnections > 0, "a pool needs at least one connection")
    self.maximumConnections = maximumConnections
  }
}

extension PoolStateMachine {
  package func state(of connection: ConnectionID) -> ConnectionState? { connections[connection] }

  package var connectionCount: Int { connections.count }

  package var waiterCount: Int { waiters.count }

  package var idleCount: Int { idle.count }
}

// MARK: - Users

extension PoolStateMachine {
  package mutating func requested(by waiter: WaiterID) -> [Action] {
    guard phase == .open else { return [.refuse(waiter)] }
    if let connection = takeIdle() { return [.grant(waiter, connection)] }
    waiters.append(waiter)
    return openConnections()
  }

  /// The most recently used idle connection, for someone who does not want to wait; it is leased now.
  package mutating func takeIdle() -> ConnectionID? {
    guard let connection = idle.popLast() else { return nil }
    connections[connection] = .leased
    return connection
  }

  /// The waiter gave up. Returns whether it was still waiting; otherwise it has been granted or refused.
  package mutating func withdrawn(_ waiter: WaiterID) -> Bool {
    guard let index = waiters.firstIndex(of: waiter) else { return false }
    waiters.remove(at: index)
    return true
  }

  package mutating func released(_ connection: ConnectionID, reusable: Bool) -> [Action] {
    precondition(connections[connection] == .leased, "connection \(connection) was released without a lease")
    return reusable ? offer(connection) : drop(connection)
  }
}

// MARK: - Connections

extension PoolStateMachine {
  package mutating func connected(_ connection: ConnectionID) -> [Action] {
    precondition(connections[connection] == .connecting, "connection \(connection) was not being opened")
    failures = 0
    return offer(connection) + openConnections()
  }

  package mutating func connectFailed(_ connection: ConnectionID) -> [Action] {
    precondition(connections[connection] == .connecting, "connection \(connection) was not being opened")
    let others = connections.contains { $0.key != connection && [.connecting, .backingOff].contains($0.value) }
    // Several that fail together are one failure, and the last of them becomes the probe.
    failures = others ? max(failures, 1) : failures + 1
    if phase != .open || waiters.isEmpty || others {
      connections[connection] = nil
      return stopIfEmpty()
    }
    connections[connection] = .backingOff
    return [.backOff(connection, failures: failures)]
  }

  package mutating func backoffElapsed(_ connection: ConnectionID) -> [Action] {
    // A shutdown has taken it away meanwhile.
    guard connections[connection] == .backingOff else { return [] }
    if waiters.isEmpty {
      connections[connection] = nil
      return []
    }
    connections[connection] = .connecting
    return [.connect(connection)]
  }

  /// The time has come to look at the idle connections.
  package mutating func checkDue() -> [Action] {
    guard phase == .open else { return [] }
    defer { idle = [] }
    for connection in idle { connections[connection] = .checking }
    return idle.map(Action.check)
  }

  package mutating func checked(_ connection: ConnectionID, alive: Bool) -> [Action] {
    precondition(connections[connection] == .checking, "connection \(connection) was not being checked")
    return alive ? offer(connection) : drop(connection)
  }
}

// MARK: - The end

extension PoolStateMachine {
  /// No more grants; connections in use close when they come back.
  package mutating func shutDown() -> [Action] {
    guard phase == .open else { return [] }
    phase = .shuttingDown
    let refused = waiters.map(Action.refuse)
    let closed = idle.map(Action.close)
    let gone = idle + connections.filter { $0.value == .backingOff }.keys
    for connection in gone { connections[connection] = nil }
    waiters = []
    idle = []
    return refused + closed + stopIfEmpty()
  }
}

extension PoolStateMachine {
  private mutating func offer(_ connection: ConnectionID) -> [Action] {
    guard phase == .open else { return drop(connection) }
    if waiters.isEmpty {
      connections[connection] = .idle
      idle.append(connection)
      return []
    }
    connections[connection] = .leased
    return [.grant(waiters.removeFirst(), connection)]
  }

  private mutating func drop(_ connection: ConnectionID) -> [Action] {
    connections[connection] = nil
    return [.close(connection)] + (phase == .open ? openConnections() : stopIfEmpty())
  }

  /// One connection for each waiter that none is on the way for; while the server cannot be reached, one in all.
  private mutating func openConnections() -> [Action] {
    let coming = connections.values.count { $0 == .connecting || $0 == .backingOff || $0 == .checking }
    let wanted = failures == 0 ? waiters.count : min(1, waiters.count)
    let missing = min(wanted - coming, maximumConnections - connections.count)
    guard missing > 0 else { return [] }
    return (0..<missing).map { _ in openConnection() }
  }

  private mutating func openConnection() -> Action {
    defer { nextConnection += 1 }
    connections[nextConnection] = failures == 0 ? .connecting : .backingOff
    return failures == 0 ? .connect(nextConnection) : .backOff(nextConnection, failures: failures)
  }

  private mutating func stopIfEmpty() -> [Action] {
    guard phase == .shuttingDown, connections.isEmpty else { return [] }
    phase = .stopped
    return [.stop]
  }
}
