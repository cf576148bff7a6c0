import Launch

/// A failure of a command itself: what, with which value, and what to do.
struct CommandFailure: Error {
  let message: String
  let status: ExitStatus

  init(_ message: String, status: ExitStatus = .error) {
    self.message = message
    self.status = status
  }

  static func usage(_ message: String) -> CommandFailure { CommandFailure(message, status: .usage) }
}
