/// The text format 0.0.4 of Prometheus as it is written.
struct MetricsText {
  private(set) var text = ""

  mutating func header(_ description: MetricDescription, type: String) {
    text += "# HELP \(description.name) \(Self.escaped(description.help, quotes: false))\n"
    text += "# TYPE \(description.name) \(type)\n"
  }

  mutating func sample(_ name: String, labels: [(name: String, value: String)], value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }
    text += " \(Self.number(value))\n"
  }

  /// As Go's ParseFloat reads it; whole numbers without a fraction.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if let whole = Int64(exactly: value) { return "\(whole)" }
    return "\(value)"
  }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": result += #"\\"#
      case "\n": result += #"\n"#
      case "\"" where quotes: result += #"\""#
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
