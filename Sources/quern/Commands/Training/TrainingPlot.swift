import Jobs
import Telemetry

/// The loss of a run, and of its evaluations, as `quern show --plot` draws it.
struct TrainingPlot {
  /// nil before anything was logged.
  let text: String?

  private static let height = 16
  private static let widthWithoutTerminal = 80

  init(_ history: TrainingHistory, width: Int?) {
    let lines = [
      LinePlot.Line(name: "loss", points: Self.points(history, "loss")),
      LinePlot.Line(name: "eval_loss", points: Self.points(history, "eval_loss"), mark: "●"),
    ]
    text = LinePlot(lines, width: width ?? Self.widthWithoutTerminal, height: Self.height).text
  }

  private static func points(_ history: TrainingHistory, _ name: String) -> [LinePlot.Point] {
    history.series(name).map { LinePlot.Point(x: Double($0.step), y: $0.number) }
  }
}
