import Foundation
import Inference

/// Two charts side by side as SVG: speed over batch, and over context.
struct ScalingPlot {
  let title: String
  let curves: ScalingBenchmark.Curves

  private struct Line {
    let name: String
    let colour: String
    let curve: ScalingCurve
  }

  private static let size = (width: 460.0, height: 320.0)
  private static let margin = (left: 60.0, top: 50.0, right: 20.0, bottom: 50.0)

  var svg: String {
    let charts = [
      chart("sequences", [Line(name: "decode", colour: "#1f77b4", curve: curves.decodeByBatch)]),
      chart(
        "tokens of context",
        [
          Line(name: "decode", colour: "#1f77b4", curve: curves.decodeByContext),
          Line(name: "prefill", colour: "#ff7f0e", curve: curves.prefillByContext),
        ]
      ),
    ]
    let (width, height) = (Self.size.width * Double(charts.count), Self.size.height)
    let body = charts.enumerated().map { index, chart in
      "<g transform=\"translate(\(coordinate(Double(index) * Self.size.width)) 0)\">\n\(chart)</g>\n"
    }.joined()
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(coordinate(width)) \(coordinate(height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      <text x="10" y="20" font-size="14">\(escaped(title)): tokens per second</text>
      \(body)</svg>

      """
  }

  /// Sizes double from one tick to the next; speeds start at 0.
  private func chart(_ sizeName: String, _ lines: [Line]) -> String {
    let sizes = Set(lines.flatMap { $0.curve.points.map(\.size) }).sorted()
    let fastest = lines.flatMap { $0.curve.points.map(\.speed.greatest) }.max() ?? 1
    let step = Self.tickStep(fastest)
    let top = (fastest / step).rounded(.up) * step
    let (left, right) = (log2(Double(sizes.first ?? 1)), log2(Double(sizes.last ?? 2)))
    func x(_ size: Int) -> Double {
      let share = right > left ? (log2(Double(size)) - left) / (right - left) : 0.5
      return Self.margin.left + share * (Self.size.width - Self.margin.left - Self.margin.right)
    }
    func y(_ speed: Double) -> Double {
      Self.size.height - Self.margin.bottom - speed / top * (Self.size.height - Self.margin.top - Self.margin.bottom)
    }
    var text = ""
    for speed in stride(from: 0, through: top, by: step) {
      text += "<path d=\"M\(coordinate(Self.margin.left)) \(coordinate(y(speed)))H"
      text += "\(coordinate(Self.size.width - Self.margin.right))\" stroke=\"#ddd\"/>\n"
      text += label(at: Self.margin.left - 6, y(speed) + 4, "end", String(format: "%g", speed))
    }
    for size in sizes { text += label(at: x(size), y(0) + 18, "middle", "\(size)") }
    text += label(at: (Self.margin.left + Self.size.width) / 2, Self.size.height - 12, "middle", sizeName)
    for (index, line) in lines.enumerated() {
      let points = line.curve.points.map { "\(coordinate(x($0.size))),\(coordinate(y($0.speed.median)))" }
      text += "<polyline points=\"\(points.joined(separator: " "))\" fill=\"none\" stroke=\"\(line.colour)\"/>\n"
      for point in line.curve.points {
        text += "<path d=\"M\(coordinate(x(point.size))) \(coordinate(y(point.speed.least)))V"
        text += "\(coordinate(y(point.speed.greatest)))\" stroke=\"\(line.colour)\" stroke-width=\"4\"/>\n"
      }
      text += "<text x=\"\(coordinate(Self.margin.left + 10))\" y=\"\(40 + index * 14)\" fill=\"\(line.colour)\">"
      text += "\(line.name)</text>\n"
    }
    return text
  }

  private func label(at x: Double, _ y: Double, _ anchor: String, _ text: String) -> String {
    "<text x=\"\(coordinate(x))\" y=\"\(coordinate(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>\n"
  }

  private func coordinate(_ value: Double) -> String { String(format: "%.1f", value) }

  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }

  /// 1, 2 or 5 times a power of ten: about five of them make the axis.
  private static func tickStep(_ greatest: Double) -> Double {
    let raw = max(greatest, 1e-6) / 5
    let power = pow(10, log10(raw).rounded(.down))
    return ([1, 2, 5].first { $0 * power >= raw } ?? 10) * power
  }
}
