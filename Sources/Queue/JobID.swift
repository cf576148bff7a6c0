import Postgres

/// The id of a job: `bigint`, unique in its database, never reused.
package struct JobID: RawRepresentable, Sendable, Hashable, Comparable, Codable, PostgresCodable {
  package let rawValue: Int64

  package init(rawValue: Int64) { self.rawValue = rawValue }

  package static func < (left: JobID, right: JobID) -> Bool { left.rawValue < right.rawValue }
}

extension JobID: CustomStringConvertible, LosslessStringConvertible {
  package var description: String { "\(rawValue)" }

  package init?(_ description: String) {
    guard let value = Int64(description), value > 0 else { return nil }
    rawValue = value
  }
}
