import Foundation
import Subprocess
import SystemPackage

/// Keeps one child running until its task is cancelled, then drains it.
struct ChildSupervisor: Sendable {
  let program: ChildProgram
  let environment: [String: String]
  let guardian: Guardian

  private static let longestPause = Duration.seconds(30)
  /// A child that ran this long begins with short pauses again.
  private static let stableDuration = Duration.seconds(60)

  func run() async {
    var pause = Duration.milliseconds(250)
    while !Task.isCancelled {
      let start = ContinuousClock.now
      let end = await runOnce()
      if Task.isCancelled { return }
      if ContinuousClock.now - start > Self.stableDuration { pause = .milliseconds(250) }
      Console.note(
        "the \(program.name) \(end); starting it again in \(Quantities.duration(seconds: pause / .seconds(1)))"
      )
      // Cancelled: the loop ends.
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, Self.longestPause)
    }
  }

  /// How it ended, in words that follow its name.
  private func runOnce() async -> String {
    do {
      let outcome = try await Subprocess.run(
        .path(FilePath(program.path)),
        arguments: Arguments(program.arguments),
        environment: .custom(
          Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        ),
        platformOptions: platformOptions,
        input: .none,
        output: .currentStandardError,
        error: .currentStandardError
      ) { child in
        await guardian.add(child.processIdentifier.value)
        return child.processIdentifier.value
      }
      await guardian.remove(outcome.closureResult)
      return Self.words(for: outcome.terminationStatus)
    } catch {
      return "could not be run: \(error)"
    }
  }

  /// Out of the terminal's process group, so that a Ctrl-C reaches only us; we stop the children in their order.
  private var platformOptions: PlatformOptions {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: program.drainLimit)]
    return options
  }

  private static func words(for status: TerminationStatus) -> String {
    switch status {
    case .exited(0): "ended"
    case .exited(let code): "ended with exit code \(code)"
    case .signaled(let signal): "was killed by signal \(signal)"
    }
  }
}
