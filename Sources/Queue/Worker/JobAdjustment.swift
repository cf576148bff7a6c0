package import JSON
import Postgres

/// Parameters of a job that were changed after its submission.
package struct JobAdjustment: Sendable, Hashable {
  /// From 1, in the order in which they were made.
  package let sequence: Int
  /// New values by canonical name; they fit the parameters' schemas.
  package let changes: JSONValue
  /// How many steps were done when it came into force; nil while it waits for a step. An attempt that continues from a
  /// checkpoint of so many steps or fewer replays it there; the state of a later one has it already.
  package let appliedStep: Int?

  package init(sequence: Int, changes: JSONValue, appliedStep: Int? = nil) {
    self.sequence = sequence
    self.changes = changes
    self.appliedStep = appliedStep
  }

  init(_ row: PostgresRow) throws(PostgresError) {
    sequence = Int(try row.decode("seq", as: Int32.self))
    changes = try row.decode("changes")
    appliedStep = try row.decode("applied_step")
  }
}
