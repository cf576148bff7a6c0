import ArgumentParser
import Foundation
import Launch

@main
struct Main {
  static func main() async {
    let status = await Quern.execute(Array(CommandLine.arguments.dropFirst()))
    exit(status.rawValue)
  }
}

extension Quern {
  /// Runs one command line; whatever goes wrong becomes one line on standard error and an exit code.
  static func execute(_ arguments: [String]) async -> ExitStatus {
    do {
      var command = try await asyncParseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return .done
    } catch {
      let report = FailureReport(error)
      report.deliver()
      return report.status
    }
  }
}
