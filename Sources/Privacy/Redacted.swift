package import JSON

/// Text that may leave the database: it went through a redactor, or was written by us.
///
/// Everything that reaches the journal, metrics or a terminal of an operator has this type. A plain `String` does not
/// turn into it: the initialiser is private to this file, which holds the only ways in.
package struct Redacted: Sendable, Hashable, CustomStringConvertible {
  package let description: String
  /// How many entities were replaced, by type.
  package let entityCounts: [EntityType: Int]

  private init(text: String, entityCounts: [EntityType: Int] = [:]) {
    description = text
    self.entityCounts = entityCounts
  }

  /// What stands for content that could not be redacted.
  package static let withheld = Redacted(text: "[unredacted content withheld]")
}

// MARK: - Through the redactor

extension Redactor {
  package func redact(_ text: String) -> Redacted {
    guard text.utf8.count <= policy.maximumByteCount else { return .withheld }
    let (text, counts) = replacing(in: text)
    return Redacted(redactedText: text, entityCounts: counts)
  }

  /// Bytes that are not UTF-8 are withheld.
  package func redact(utf8 bytes: [UInt8]) -> Redacted {
    guard bytes.count <= policy.maximumByteCount, let text = String(validating: bytes, as: UTF8.self) else {
      return .withheld
    }
    return redact(text)
  }

  /// The compact text of the value, its strings, keys and whole numbers redacted.
  package func redact(_ json: JSONValue) -> Redacted {
    var counts: [EntityType: Int] = [:]
    let text = replacing(in: json, counts: &counts).text
    guard text.utf8.count <= policy.maximumByteCount else { return .withheld }
    return Redacted(redactedText: text, entityCounts: counts)
  }
}

extension Redacted {
  fileprivate init(redactedText: String, entityCounts: [EntityType: Int]) {
    self.init(text: redactedText, entityCounts: entityCounts)
  }
}

// MARK: - By policy

extension ContentGate {
  /// What the policy lets out of a text; nil when that is nothing.
  package func admit(_ content: String, under policy: ContentPolicy) -> Redacted? {
    switch policy {
    case .none: nil
    case .hash: Redacted(redactedText: fingerprint(of: content), entityCounts: [:])
    case .redacted: redactor.redact(content)
    case .full: Redacted(redactedText: content, entityCounts: [:])
    }
  }

  /// As for text, on the compact text of the value; equal documents have equal hashes.
  package func admit(_ content: JSONValue, under policy: ContentPolicy) -> Redacted? {
    switch policy {
    case .none: nil
    case .hash: Redacted(redactedText: fingerprint(of: content.canonicalText), entityCounts: [:])
    case .redacted: redactor.redact(content)
    case .full: Redacted(redactedText: content.text, entityCounts: [:])
    }
  }
}

// MARK: - Our own words

/// Literals and interpolations of numbers, identifiers and redacted text: `"job \(id) failed: \(error)"`.
extension Redacted: ExpressibleByStringInterpolation {
  package init(stringLiteral value: StaticString) {
    self.init(text: "\(value)")
  }

  package init(stringInterpolation interpolation: StringInterpolation) {
    self.init(text: interpolation.text, entityCounts: interpolation.entityCounts)
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""
    fileprivate var entityCounts: [EntityType: Int] = [:]

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + interpolationCount * 8)
    }

    /// Literals only: a `StaticString` cannot hold what came from outside.
    package mutating func appendLiteral(_ literal: StaticString) { text += "\(literal)" }
    package mutating func appendInterpolation(_ number: some BinaryInteger) { text += "\(number)" }
    package mutating func appendInterpolation(_ number: Double) { text += "\(number)" }
    package mutating func appendInterpolation(_ duration: Duration) { text += "\(duration)" }
    package mutating func appendInterpolation(_ identifier: Identifier) { text += identifier.description }
    package mutating func appendInterpolation(_ redacted: Redacted) {
      text += redacted.description
      entityCounts.merge(redacted.entityCounts) { $0 + $1 }
    }
  }
}
