import Telemetry
import Testing

struct LinePlotTests {
  private func points(_ values: [Double]) -> [LinePlot.Point] {
    values.enumerated().map { LinePlot.Point(x: Double($0), y: $1) }
  }

  @Test func `a falling line goes from the upper left to the lower right`() {
    let plot = LinePlot([.init(name: "loss", points: points([3, 2, 1]))], width: 24, height: 3)
    #expect(
      plot.text
        == """
               3 ┤⠉⠒⠢⢄⣀
               2 ┤⠀⠀⠀⠀⠀⠉⠑⠒⠤⣀
               1 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠉⠒⠤⣀
                 └──────────────
                  0            2
                  ⠒ loss 1

        """
    )
  }

  @Test func `marks stand over the line at their points`() throws {
    let lines = [
      LinePlot.Line(name: "loss", points: points([4, 3, 2, 1])),
      LinePlot.Line(name: "eval_loss", points: [.init(x: 0, y: 4), .init(x: 3, y: 2)], mark: "●"),
    ]
    let rows = try #require(LinePlot(lines, width: 40, height: 5).text).split(separator: "\n")
    #expect(rows[0].contains("┤●") && rows[3].hasSuffix("●"))
    #expect(rows.suffix(2).map { $0.drop { $0 == " " } } == ["⠒ loss 1", "● eval_loss 2"])
  }

  @Test(arguments: [(80, 16), (24, 3), (1, 1), (200, 40)])
  func `no row is wider than the terminal, or than 24 columns where that is less`(width: Int, height: Int) throws {
    let values = (0..<1000).map { 5 / Double($0 + 1) }
    let text = try #require(LinePlot([.init(name: "loss", points: points(values))], width: width, height: height).text)
    let rows = text.split(separator: "\n")
    #expect(rows.allSatisfy { $0.count <= max(24, width) })
    #expect(rows.count == max(3, height) + 3)
  }

  @Test func `values that are not finite are left out, and nothing is no plot`() {
    #expect(LinePlot([.init(name: "loss", points: points([.nan, .infinity]))], width: 40, height: 5).text == nil)
    #expect(LinePlot([], width: 40, height: 5).text == nil)
  }

  @Test(arguments: [[7], [7, 7, 7], [-1e308, 1e308], [1e-300, 2e-300]] as [[Double]])
  func `equal, extreme and single values are drawn too`(values: [Double]) {
    #expect(LinePlot([.init(name: "loss", points: points(values))], width: 40, height: 5).text != nil)
  }
}
