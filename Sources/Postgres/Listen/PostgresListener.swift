package import Logging
import ServiceLifecycle

/// What a listener hears.
package enum PostgresNotification: Sendable, Hashable {
  /// Listening (again) from here on: what was sent before went unheard, so look for yourself.
  case reconnected
  case received(channel: String, payload: String)
}

/// Listens on a direct connection of its own, and connects again when it is lost.
package final class PostgresListener: Service, Sendable {
  /// For one consumer. When it falls behind by thousands, the oldest are dropped: notifications are hints.
  package let notifications: AsyncStream<PostgresNotification>
  private let continuation: AsyncStream<PostgresNotification>.Continuation
  private let configuration: PostgresConfiguration
  private let channels: [String]
  private let logger: Logger
  private let backoff = Backoff()

  /// An idle server is asked for a sign of life this often.
  private static let checkInterval = Duration.seconds(30)

  package init(_ configuration: PostgresConfiguration, channels: [String], logger: Logger) {
    self.configuration = configuration
    self.channels = channels
    self.logger = logger
    (notifications, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4096))
  }
}

extension PostgresListener {
  /// Returns at graceful shutdown or cancellation; the stream ends with it.
  package func run() async throws {
    await cancelWhenGracefulShutdown { await self.listenUntilCancelled() }
    continuation.finish()
  }

  private func listenUntilCancelled() async {
    var generator = SystemRandomNumberGenerator()
    var failures = 0
    while !Task.isCancelled {
      do throws(PostgresError) {
        let connection = try await subscribe()
        failures = 0
        try await forward(from: connection)
      } catch {
        failures += 1
        logger.debug("PostgreSQL listener lost its connection", metadata: ["error": "\(error)"])
        // Throws when cancelled, and the loop ends.
        try? await Task.sleep(for: backoff.delay(attempt: failures, using: &generator))
      }
    }
  }

  private func subscribe() async throws(PostgresError) -> PostgresConnection {
    let connection = try await PostgresConnection.connect(configuration, logger: logger)
    for channel in channels {
      _ = try await connection.query(
        PostgresQuery(unescaped: "LISTEN \(channel.quotedAsIdentifier)"),
        deadline: .seconds(10)
      )
    }
    continuation.yield(.reconnected)
    return connection
  }

  private func forward(from connection: PostgresConnection) async throws(PostgresError) {
    while true {
      let batch = try await connection.notifications(within: Self.checkInterval)
      for notification in batch { continuation.yield(notification) }
      if batch.isEmpty { _ = try await connection.query("SELECT", deadline: .seconds(10)) }
    }
  }
}

extension String {
  /// As an identifier in SQL: in quotes, with quotes doubled.
  package var quotedAsIdentifier: String {
    var quoted = "\""
    for scalar in unicodeScalars {
      if scalar == "\"" { quoted.unicodeScalars.append(scalar) }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
