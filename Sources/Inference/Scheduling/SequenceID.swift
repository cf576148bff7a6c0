/// Names a request inside one engine; ids grow in the order of arrival.
package struct SequenceID: Sendable, Hashable, Comparable {
  package let rawValue: Int

  package init(_ rawValue: Int) { self.rawValue = rawValue }

  package static func < (left: SequenceID, right: SequenceID) -> Bool { left.rawValue < right.rawValue }
}
