/// Rows under aligned headings.
struct Table {
  enum Alignment { case left, right }

  struct Column {
    let title: String
    var alignment = Alignment.left

    init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  let columns: [Column]
  private(set) var rows: [[String]] = []

  init(_ columns: Column...) { self.columns = columns }

  mutating func append(_ cells: String...) { append(cells) }

  mutating func append(_ cells: [String]) {
    precondition(cells.count == columns.count, "a table of \(columns.count) columns got \(cells.count) cells")
    rows.append(cells.map { $0.onOneLine })
  }

  /// Lines, each with its line feed.
  /// - Parameter width: cuts lines to so many terminal columns.
  func text(width: Int?) -> String {
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].title.terminalWidth) { max($0, $1[column].terminalWidth) }
    }
    return ([columns.map(\.title)] + rows).map { row in
      let line = columns.indices.map { pad(row[$0], widths[$0], at: $0) }.joined(separator: "  ")
      return (width.map { line.cut(toWidth: $0) } ?? line).trimmingTrailingSpaces + "\n"
    }.joined()
  }

  private func pad(_ cell: String, _ width: Int, at column: Int) -> String {
    let space = String(repeating: " ", count: width - cell.terminalWidth)
    return columns[column].alignment == .right ? space + cell : cell + space
  }
}

extension String {
  /// Line feeds shown as a space, control characters as replacement characters.
  var onOneLine: String {
    String(forTerminal.map { $0.isNewline || $0 == "\t" ? " " : $0 })
  }

  /// Columns on a terminal: Chinese, Japanese, Korean and emoji characters take two.
  var terminalWidth: Int { reduce(0) { $0 + $1.terminalWidth } }

  func cut(toWidth limit: Int) -> String {
    guard terminalWidth > limit else { return self }
    var result = ""
    var width = 0
    for character in self {
      width += character.terminalWidth
      if width > limit - 1 { break }
      result.append(character)
    }
    return result + "…"
  }

  fileprivate var trimmingTrailingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

extension Character {
  fileprivate var terminalWidth: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
      0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      return 2
    default: return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
  }
}
