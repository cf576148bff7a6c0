/// Characters of 2 × 4 dots: U+2800 and a bit for each dot.
struct BrailleCanvas {
  private let columns: Int
  private var dots: [UInt8]
  private var marks: [Int: Character] = [:]

  /// The bit of the dot at [row][column] of a character.
  private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  init(columns: Int, rows: Int) {
    self.columns = columns
    dots = Array(repeating: 0, count: columns * rows)
  }

  mutating func draw(_ line: LinePlot.Line, _ scale: PlotScale) {
    var previous: (column: Int, row: Int)?
    for point in line.points {
      let dot = scale.dot(point)
      if let mark = line.mark {
        marks[dot.row / 4 * columns + dot.column / 2] = mark
      } else {
        connect(previous ?? dot, dot)
      }
      previous = dot
    }
  }

  private mutating func connect(_ from: (column: Int, row: Int), _ to: (column: Int, row: Int)) {
    let steps = max(abs(to.column - from.column), abs(to.row - from.row), 1)
    for step in 0...steps {
      let share = Double(step) / Double(steps)
      set(
        column: from.column + Int((Double(to.column - from.column) * share).rounded()),
        row: from.row + Int((Double(to.row - from.row) * share).rounded())
      )
    }
  }

  private mutating func set(column: Int, row: Int) {
    dots[row / 4 * columns + column / 2] |= Self.bits[row % 4][column % 2]
  }

  var rows: [String] {
    stride(from: 0, to: dots.count, by: columns).map { start in
      String(
        (start..<start + columns).map { place in
          marks[place] ?? Character(Unicode.Scalar(0x2800 + UInt32(dots[place])) ?? " ")
        }
      )
    }
  }
}
