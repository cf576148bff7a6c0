/// A line on standard error that is drawn over and over; nothing when that is no terminal.
final class ProgressBar {
  private let isVisible: Bool
  private let label: String
  private var lastDrawn: ContinuousClock.Instant?
  private static let width = 30
  /// The eye sees no more, and slow terminals take no more.
  private static let interval = Duration.milliseconds(50)

  init(_ label: String, isVisible: Bool = Console.errorIsTerminal) {
    self.label = label
    self.isVisible = isVisible
  }

  /// - Parameter fraction: 0…1; nil draws no bar.
  func update(_ fraction: Double?, _ detail: String) {
    guard isVisible else { return }
    let now = ContinuousClock.now
    if let lastDrawn, fraction != 1, now - lastDrawn < Self.interval { return }
    lastDrawn = now
    let bar = fraction.map { Self.bar(min(1, max(0, $0))) + " " } ?? ""
    let line = "\(label) \(bar)\(detail)".onOneLine
    Console.draw("\r\u{1b}[K" + line.cut(toWidth: 100))
  }

  /// Removes the line.
  func clear() {
    if lastDrawn != nil { Console.draw("\r\u{1b}[K") }
    lastDrawn = nil
  }

  private static func bar(_ fraction: Double) -> String {
    let full = Int(fraction * Double(width))
    let percent = String(Int(fraction * 100))
    return "[" + String(repeating: "#", count: full) + String(repeating: "·", count: width - full) + "] "
      + String(repeating: " ", count: 3 - percent.count) + percent + " %"
  }
}
