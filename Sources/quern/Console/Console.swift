import Foundation
import Privacy

/// Standard input, output and error of a command.
enum Console {
  static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
  static let errorIsTerminal = isatty(STDERR_FILENO) == 1

  /// Columns of the terminal; nil when standard output is none.
  static var columns: Int? {
    guard outputIsTerminal else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes to standard output at once. A reader that is gone ends the process, as pipes do.
  static func write(_ text: String) { write(Array(text.utf8)) }

  static func write(_ bytes: [UInt8]) {
    guard write(bytes, to: STDOUT_FILENO) else {
      complain(
        "cannot write to standard output: \(String(cString: strerror(errno))); free space there or write elsewhere"
      )
      exit(1)
    }
  }

  static func writeLine(_ text: String) { write(text + "\n") }

  /// Writes JSON texts as an array, one to a line.
  static func writeArray(_ elements: [String]) {
    writeLine(elements.isEmpty ? "[]" : "[\n" + elements.joined(separator: ",\n") + "\n]")
  }

  /// One line on standard error. A URL that was mistaken for another argument keeps its password.
  static func complain(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .joined(separator: " ").forTerminal
    note("quern: \(secrets.redact(line))")
  }

  /// Progress and events, for people: standard error.
  static func note(_ line: String) {
    // Nobody is left to hear that standard error is closed.
    _ = write(Array((line + "\n").utf8), to: STDERR_FILENO)
  }

  static func draw(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

  private static let secrets = Redactor(policy: .init(types: [.urlCredentials]))

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}

extension String {
  /// Without the control characters that would move a terminal's cursor or change its colours.
  var forTerminal: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.value {
          case 0x09, 0x0a: scalar
          case ..<0x20, 0x7f..<0xa0, 0x202a...0x202e, 0x2066...0x2069: "\u{fffd}"
          default: scalar
          }
        }
      )
    )
  }
}
