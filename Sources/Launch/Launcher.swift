package import ArgumentParser
import Foundation
import Postgres

/// Runs the one command of a daemon: whatever goes wrong becomes one line on standard error and an exit code.
package enum Launcher {
  package static func run<Command: AsyncParsableCommand>(_ command: Command.Type) async -> Never {
    let status: ExitStatus
    do {
      var parsed = try command.parse()
      try await parsed.run()
      status = .done
    } catch {
      status = report(error, of: command)
    }
    exit(status.rawValue)
  }

  private static func report(_ error: any Error, of command: (some AsyncParsableCommand).Type) -> ExitStatus {
    if error is CleanExit || command.exitCode(for: error) == .success {
      FileHandle.standardOutput.write(Data((command.fullMessage(for: error) + "\n").utf8))
      return .done
    }
    let isUsage = command.exitCode(for: error) == .validationFailure
    let words = isUsage ? command.message(for: error) : "\(error)"
    FileHandle.standardError.write(Data("\(command._commandName): \(words)\n".utf8))
    return isUsage || isConfiguration(error) ? .usage : .error
  }

  /// What a restart would meet again: systemd must not try.
  private static func isConfiguration(_ error: any Error) -> Bool {
    switch error {
    case is DatabaseAddressError, is ConfigurationError, PostgresError.configuration: true
    default: false
    }
  }
}

/// An option or file with which a daemon cannot start.
package struct ConfigurationError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
