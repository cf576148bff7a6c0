import FlyingSocks
import FoundationEssentials
import Glibc
package import Privacy
import ServiceLifecycle
import Synchronization

/// Serves `GET /metrics` and `GET /healthz`, one request a connection.
package struct MetricsServer: Service {
  /// What `/healthz` answers.
  package enum Health: Sendable, Hashable {
    case healthy
    case unhealthy(reason: Identifier)
  }

  private static let connectionDeadline = Duration.seconds(10)
  private static let maximumConnectionCount = 64

  private let address: MetricsAddress
  private let endpoints: MetricsEndpoints
  private let onListening: @Sendable (String) -> Void

  /// - Parameters:
  ///   - health: asked at each `/healthz`.
  ///   - onListening: told the address once requests are taken; with port 0 the one that was chosen.
  package init(
    address: MetricsAddress,
    registry: MetricsRegistry,
    health: @escaping @Sendable () -> Health = { .healthy },
    onListening: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.address = address
    endpoints = MetricsEndpoints(registry: registry, health: health)
    self.onListening = onListening
  }

  package func run() async throws {
    let socket = try address.listen()
    defer { address.removeSocket() }
    let pool = SocketPool.make()
    try await pool.prepare()
    let listener = try AsyncSocket(socket: socket, pool: pool)
    onListening(address.description(boundTo: socket))
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup { group in
        group.addTask(name: "sockets") { try await Self.untilCancelled { try await pool.run() } }
        group.addTask(name: "accept") { try await Self.untilCancelled { try await accept(from: listener) } }
        try await group.waitForAll()
      }
    }
  }

  /// Cancellation is how the server stops; sockets then report all kinds of errors.
  private static func untilCancelled(_ work: () async throws -> Void) async throws {
    do {
      try await work()
    } catch  where Task.isCancelled {}
  }

  private func accept(from listener: AsyncSocket) async throws {
    let connectionCount = ConnectionCount()
    defer { try? listener.close() }  // Nothing depends on the end of a listener that takes no more connections.
    try await withThrowingDiscardingTaskGroup { group in
      while true {
        let connection = try await listener.accept()
        guard connectionCount.take(limit: Self.maximumConnectionCount) else {
          try? connection.close()  // As for all connections: the peer's trouble is not ours.
          continue
        }
        group.addTask(name: "metrics request") {
          await serve(connection)
          connectionCount.giveBack()
        }
      }
    }
  }

  private func serve(_ connection: AsyncSocket) async {
    await withTaskGroup { group in
      // What goes wrong on one connection (a peer that leaves, a request that is none) ends that connection only.
      group.addTask { try? await answer(connection) }
      group.addTask { try? await Task.sleep(for: Self.connectionDeadline) }
      await group.next()
      group.cancelAll()
    }
    try? connection.close()
  }

  private func answer(_ connection: AsyncSocket) async throws {
    var head: [UInt8] = []
    while !head.ends(with: Array("\r\n\r\n".utf8)), head.count < MetricsEndpoints.maximumHeadByteCount {
      head += try await connection.read(atMost: 4096)
    }
    try await connection.write(Data(endpoints.response(toHead: head)))
  }
}

private final class ConnectionCount: Sendable {
  private let count = Atomic<Int>(0)

  func take(limit: Int) -> Bool {
    if count.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
    giveBack()
    return false
  }

  func giveBack() { count.wrappingSubtract(1, ordering: .relaxed) }
}

extension [UInt8] {
  fileprivate func ends(with bytes: [UInt8]) -> Bool {
    suffix(bytes.count).elementsEqual(bytes)
  }
}
