import Queue

/// For whom the engine computes: it decides what may be shared and what goes first, never a token.
package struct RequestOrigin: Sendable, Hashable {
  /// Only requests with the same salt share prefixes: how long a prompt takes tells nobody of another's.
  package private(set) var salt = ""
  /// Higher first.
  package private(set) var priority = 0

  /// Nobody in particular.
  package init() {}

  /// - Parameter tenant: the submitter's own; tenants share nothing either.
  package init(submitter: String, tenant: String?, priority: Int) {
    // PostgreSQL's texts have no NUL: no two pairs make the same salt.
    salt = tenant.map { "\(submitter)\0\($0)" } ?? submitter
    self.priority = priority
  }

  init(_ job: ClaimedJob) {
    self.init(submitter: job.submitter, tenant: job.tenant, priority: job.priority)
  }
}
