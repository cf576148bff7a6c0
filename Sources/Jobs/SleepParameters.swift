package import JSON

/// Waits: for drills and load tests.
package struct SleepParameters: JobParameters {
  package static let kind = "sleep"

  package var seconds: Double

  package init(seconds: Double) { self.seconds = seconds }

  package static let descriptions = [
    ParameterDescription(
      kind: kind,
      name: "seconds",
      schema: ["type": "number", "minimum": 0, "maximum": 86_400],
      required: true,
      description: "How long to wait."
    )
  ]
}

/// How long a sleep job really waited.
package struct SleepResult: Codable, Sendable, Hashable {
  package var seconds: Double

  package init(seconds: Double) { self.seconds = seconds }

  package var json: JSONValue { ["seconds": .number(seconds)] }
}
