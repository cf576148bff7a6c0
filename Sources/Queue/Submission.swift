package import FoundationEssentials
package import JSON
package import Jobs
import Postgres

/// What `quern.submit` takes. Nil means the function's default.
package struct Submission: Sendable, Hashable {
  package var kind: JobKind
  package var parameters: JSONValue
  package var queue: String?
  /// Higher first.
  package var priority: Int32?
  package var runAt: Date?
  package var after: [JobID] = []
  /// The same key with the same submission is the same job.
  package var idempotencyKey: String?
  package var concurrencyKey: String?
  package var tenant: String?
  package var subject: String?
  package var maxAttempts: Int32?
  /// How long the job may wait for its start.
  package var ttl: Duration?
  /// Of one attempt.
  package var timeout: Duration?
  package var metadata: JSONValue?
  package var options: JSONValue?

  package init(kind: JobKind, parameters: JSONValue) {
    self.kind = kind
    self.parameters = parameters
  }
}

extension Submission {
  var query: PostgresQuery {
    """
    SELECT quern.submit(\(kind.rawValue), \(parameters), queue => \(queue), priority => \(priority), run_at => \(runAt),
      after => \(after.map(\.rawValue)), idempotency_key => \(idempotencyKey), concurrency_key => \(concurrencyKey),
      tenant => \(tenant), subject => \(subject), max_attempts => \(maxAttempts), ttl => \(ttl), timeout => \(timeout),
      metadata => \(metadata), options => \(options))
    """
  }

  /// The same arguments for one job per element of `parameters`.
  func query(forEach parameters: [JSONValue]) -> PostgresQuery {
    """
    SELECT quern.submit_many(\(kind.rawValue), \(parameters), queue => \(queue), priority => \(priority),
      run_at => \(runAt), after => \(after.map(\.rawValue)), idempotency_key => \(idempotencyKey),
      concurrency_key => \(concurrencyKey), tenant => \(tenant), subject => \(subject), max_attempts => \(maxAttempts),
      ttl => \(ttl), timeout => \(timeout), metadata => \(metadata), options => \(options))
    """
  }
}
