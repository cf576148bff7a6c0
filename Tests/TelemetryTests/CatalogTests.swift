import Foundation
import Telemetry
import Testing

/// `systemd/` of the source tree.
private func unitFile(_ name: String) throws -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return try String(contentsOf: root.appendingPathComponent("systemd/\(name)"), encoding: .utf8)
}

struct CatalogTests {
  @Test func `every message id has one catalog entry with subject, origin and text`() throws {
    let sections = try unitFile("quern.catalog").components(separatedBy: "\n-- ").dropFirst()
    let ids = sections.map { String($0.prefix(32)) }
    #expect(ids.sorted() == MessageID.allCases.map(\.rawValue).sorted())
    for section in sections {
      #expect(
        section.contains("\nSubject: ") && section.contains("\nDefined-By: Quern\n") && section.contains("\nSupport: ")
      )
      let body = section.components(separatedBy: "\n\n").dropFirst().joined()
      #expect(body.count > 40, "\(section)")
    }
  }

  @Test func `ids are 128 bits in lower-case hexadecimal`() {
    for id in MessageID.allCases {
      #expect(id.rawValue.count == 32 && id.rawValue.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
  }

  @Test func `events map to their ids, unknown ones to the other event`() {
    #expect(MessageID(eventType: "succeeded") == .jobSucceeded)
    #expect(MessageID(eventType: "lost") == .leaseLost)
    #expect(MessageID(eventType: "of the future") == .otherEvent)
  }
}
