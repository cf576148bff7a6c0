import Privacy
package import Telemetry

/// `quern_redactions_total` and its kin, counted where content is about to leave.
package final class RedactionMetrics: Sendable {
  private let redactions: Counter
  private let failures: Counter

  package init(_ registry: MetricsRegistry) {
    redactions = registry.counter(
      "quern_redactions_total",
      help: "Entities replaced on their way into the journal.",
      labels: [MetricLabel("entity", values: EntityType.allCases.map(\.rawValue)), MetricLabel("operator", limit: 8)]
    )
    failures = registry.counter(
      "quern_redaction_failures_total",
      help: "Contents withheld because they could not be redacted."
    )
    failures.increment(by: 0)
  }

  func counting(_ entry: JournalEntry) -> JournalEntry {
    for field in entry.fields {
      switch field {
      case .input(let text), .output(let text), .error(let text): count(text)
      default: break
      }
    }
    return entry
  }

  private func count(_ text: Redacted) {
    for (entity, count) in text.entityCounts { redactions.increment(by: Double(count), entity.rawValue, "replace") }
    if text == .withheld { failures.increment() }
  }
}
