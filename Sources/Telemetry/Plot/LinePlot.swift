import Foundation

/// Lines over a common axis, drawn with the dots of Braille: each character has 2 × 4.
package struct LinePlot: Sendable {
  package struct Point: Sendable, Hashable {
    package let x: Double
    package let y: Double

    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  package struct Line: Sendable, Hashable {
    package let name: String
    package let points: [Point]
    /// Stands at each point instead of a line through them.
    package let mark: Character?

    /// Points that are not finite are left out.
    package init(name: String, points: [Point], mark: Character? = nil) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      self.mark = mark
    }
  }

  private let lines: [Line]
  private let canvasWidth: Int
  private let height: Int
  private static let labelWidth = 9

  /// - Parameters:
  ///   - width: columns of the whole drawing, at least 24.
  ///   - height: rows of the drawing without axis and names, at least 3.
  package init(_ lines: [Line], width: Int, height: Int) {
    self.lines = lines.filter { !$0.points.isEmpty }
    canvasWidth = max(24, width) - Self.labelWidth - 1
    self.height = max(3, height)
  }

  /// Rows with line feeds; nil without a point.
  package var text: String? {
    let points = lines.flatMap(\.points)
    guard let first = points.first else { return nil }
    let horizontal = points.reduce(first.x...first.x) { min($0.lowerBound, $1.x)...max($0.upperBound, $1.x) }
    let vertical = points.reduce(first.y...first.y) { min($0.lowerBound, $1.y)...max($0.upperBound, $1.y) }
    var canvas = BrailleCanvas(columns: canvasWidth, rows: height)
    let scale = PlotScale(horizontal, vertical, width: canvasWidth * 2, height: height * 4)
    for line in lines { canvas.draw(line, scale) }
    let rows = canvas.rows.enumerated().map { row, content in
      label(row, vertical) + "┤" + content.trimmingTrailingBlanks + "\n"
    }
    return rows.joined() + axis(horizontal) + legend
  }

  private func label(_ row: Int, _ range: ClosedRange<Double>) -> String {
    guard row == 0 || row == height - 1 || row == height / 2 else { return Self.blanks(Self.labelWidth) }
    let share = Double(row) / Double(height - 1)
    let text = Self.short(range.upperBound - share * (range.upperBound - range.lowerBound))
    return Self.blanks(Self.labelWidth - 1 - text.count) + text + " "
  }

  private func axis(_ range: ClosedRange<Double>) -> String {
    let (first, last) = (Self.short(range.lowerBound), Self.short(range.upperBound))
    let line = Self.blanks(Self.labelWidth) + "└" + String(repeating: "─", count: canvasWidth) + "\n"
    let gap = max(1, canvasWidth - first.count - last.count)
    return line + Self.blanks(Self.labelWidth + 1) + first + Self.blanks(gap) + last + "\n"
  }

  private var legend: String {
    lines.map { line in
      let last = line.points.last.map { " " + Self.short($0.y) } ?? ""
      return Self.blanks(Self.labelWidth + 1) + "\(line.mark ?? "⠒") \(line.name)\(last)\n"
    }.joined()
  }

  private static func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  /// Four figures, in at most eight characters.
  private static func short(_ number: Double) -> String {
    if number == number.rounded(), abs(number) < 1e7 { return String(Int(number)) }
    return abs(number) < 1e-3 || abs(number) >= 1e5
      ? String(format: "%.1e", number) : String(format: "%.4g", number)
  }
}

/// From values to dots; the first row of dots is the topmost.
struct PlotScale {
  private let x: ClosedRange<Double>
  private let y: ClosedRange<Double>
  private let width: Int
  private let height: Int

  init(_ x: ClosedRange<Double>, _ y: ClosedRange<Double>, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  func dot(_ point: LinePlot.Point) -> (column: Int, row: Int) {
    (Self.place(point.x, x, width), height - 1 - Self.place(point.y, y, height))
  }

  /// A range of one value lies in the middle. Halves keep the difference of extreme values finite.
  private static func place(_ value: Double, _ range: ClosedRange<Double>, _ count: Int) -> Int {
    let extent = range.upperBound / 2 - range.lowerBound / 2
    guard extent > 0 else { return count / 2 }
    return min(count - 1, Int((value / 2 - range.lowerBound / 2) / extent * Double(count - 1) + 0.5))
  }
}

extension String {
  fileprivate var trimmingTrailingBlanks: String {
    var text = self
    while text.last == " " || text.last == "\u{2800}" { text.removeLast() }
    return text
  }
}
