/// Why a chat template cannot be used, or gave up on a conversation.
///
/// Lines count from 1 in the template. Descriptions name what the template says, never what the conversation says:
/// `raised` keeps the template's own words apart, because templates put parts of messages into them.
package enum TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
  case syntax(line: Int, problem: String)
  /// A part of Jinja or Python that this engine leaves out.
  case unsupported(line: Int, feature: String)
  /// What raises a TypeError, UndefinedError or the like in Python.
  case failed(line: Int, problem: String)
  /// The template called `raise_exception(message)`.
  case raised(line: Int, message: String)
  case limitExceeded(line: Int, limit: String)
  case unreadable(path: String, reason: String)
  case malformed(path: String, problem: String)

  package var description: String {
    switch self {
    case .syntax(let line, let problem):
      "the chat template is damaged at line \(line): \(problem); use the model's original template"
    case .unsupported(let line, let feature):
      "the chat template uses \(feature) at line \(line), which this version does not support; use another template"
    case .failed(let line, let problem):
      "the chat template failed at line \(line): \(problem); check the messages' members against the template"
    case .raised(let line, _):
      "the chat template refused the conversation at line \(line); change the messages as its message says"
    case .limitExceeded(let line, let limit):
      "the chat template exceeded \(limit) at line \(line); shorten the conversation or use another template"
    case .unreadable(let path, let reason):
      "cannot read the chat template file \(path): \(reason); check the file and its permissions"
    case .malformed(let path, let problem):
      "the chat template file \(path) is damaged: \(problem); export the tokenizer again"
    }
  }
}
