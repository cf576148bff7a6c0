import ArgumentParser
import Foundation
import Inference
import Jobs
import Launch
import Postgres
import Queue

/// What went wrong, as one line for people, and the exit code for programs.
struct FailureReport {
  /// Nil when everything has been said already.
  let message: String?
  let status: ExitStatus
  /// Help and version are asked for, not failures: they go to standard output as they are.
  private let answer: String?

  init(_ error: any Error) {
    var answer: String?
    switch error {
    case let status as ExitStatus: (message, self.status) = (nil, status)
    case let error as QueueError: (message, status) = Self.explain(error)
    case let error as PostgresError: (message, status) = Self.explain(QueueError(error))
    case let error as DatabaseAddressError: (message, status) = ("\(error)", error.status)
    case let error as CommandFailure: (message, status) = (error.message, error.status)
    case let error as InferenceError:
      (message, status) = ("\(error)", error.parameter == nil ? .error : .usage)
    case let error as ParameterRefusal: (message, status) = (error.message, .usage)
    case let error as JobError: (message, status) = (error.message, error.param == nil ? .error : .usage)
    case is CancellationError: (message, status) = ("interrupted", .error)
    default:
      switch Quern.exitCode(for: error) {
      case .success:
        (message, status) = (nil, .done)
        answer = Quern.fullMessage(for: error)
      case .validationFailure: (message, status) = (Self.usage(error), .usage)
      default: (message, status) = (Self.words(of: error), .error)
      }
    }
    self.answer = answer
  }

  func deliver() {
    if let answer { Console.write(answer + "\n") }
    if let message { Console.complain(message) }
  }
}

extension FailureReport {
  /// ArgumentParser's words, and where to read more.
  private static func usage(_ error: any Error) -> String {
    // The choices come as a list of lines.
    var message = Quern.message(for: error)
      .replacing(#/:\n+ +- /#, with: ": ").replacing(#/\n +- /#, with: ", ")
    while message.hasSuffix(".") || message.hasSuffix("\n") { message.removeLast() }
    let full = Quern.fullMessage(for: error)
    guard !message.contains("; "), let see = full.firstMatch(of: /See '([^']+)' for more information/)?.1 else {
      return message
    }
    return "\(message); see `\(see)`"
  }

  private static func words(of error: any Error) -> String {
    // Foundation's errors describe themselves as code; ours and those of Swift's libraries are sentences.
    let isFoundations = type(of: error) is NSError.Type || error is CocoaError || error is POSIXError
    return isFoundations ? error.localizedDescription : "\(error)"
  }
}

// MARK: - PostgreSQL

extension FailureReport {
  private static func explain(_ error: QueueError) -> (String, ExitStatus) {
    switch error {
    case .refused(let refusal): (refusal.message, refusal.blamesArguments ? .usage : .error)
    case .database(let error): explain(error)
    case .unreadable: ("\(error)", .error)
    }
  }

  private static func explain(_ error: PostgresError) -> (String, ExitStatus) {
    switch error {
    case .configuration(let words): (words, .usage)
    case .server(let error): explain(error)
    case .embeddedServer(.heldBy(let pid)):
      ("another `quern up` runs in this home (pid \(pid)); stop that one, or choose another with --home", .error)
    case .embeddedServer(let failure): ("\(failure)", .error)
    case .closed, .cancelled: ("the connection to PostgreSQL was closed; try again", .error)
    default: ("\(error)", .error)
    }
  }

  private static func explain(_ error: PostgresServerError) -> (String, ExitStatus) {
    switch error.sqlState {
    case "22007", "22008": (error.message, .usage)
    case "3F000", "42883", "42P01":
      ("the database lacks Quern's schema, or has an older one; run `quern migrate`", .error)
    default: ("PostgreSQL refused: \(error)", .error)
    }
  }
}

extension QueueError.Refusal {
  /// Whether another command line would be accepted, as opposed to another state of the job or another role.
  fileprivate var blamesArguments: Bool {
    switch JobError.Code(rawValue: code) {
    case .jobNotFound, .invalidState, .permissionDenied, .idempotencyConflict: false
    default: true
    }
  }
}

extension DatabaseAddressError {
  fileprivate var status: ExitStatus {
    switch self {
    case .passwordInArgument, .unreadable: .usage
    case .none: .error
    }
  }
}
