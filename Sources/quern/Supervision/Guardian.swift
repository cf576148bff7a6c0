import Foundation
import Subprocess
import SystemPackage

/// A process that stops the children when we are killed without a chance to do so: it reads our end of a pipe, and an
/// end of file is our death.
actor Guardian {
  private let writer: StandardInputWriter
  private var children: Set<pid_t> = []

  private init(_ writer: StandardInputWriter) { self.writer = writer }

  /// Each line replaces the list of children. At the end of file those of the last line are drained, then killed.
  private static let script = """
    while read -r line; do children=$line; done
    [ -n "$children" ] || exit 0
    kill -TERM $children
    for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do kill -0 $children || exit 0; sleep 1; done
    kill -KILL $children
    """

  static func run(_ body: (Guardian) async throws -> Void) async throws {
    var options = PlatformOptions()
    options.createSession = true
    _ = try await Subprocess.run(
      .path("/bin/sh"),
      arguments: ["-c", script],
      platformOptions: options,
      input: .inputWriter,
      output: .discarded,
      error: .discarded
    ) { process in
      let guardian = Guardian(process.standardInputWriter)
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(guardian)) } catch { outcome = .failure(error) }
      await guardian.dismiss()
      try outcome.get()
    }
  }

  func add(_ child: pid_t) async {
    children.insert(child)
    await report()
  }

  func remove(_ child: pid_t) async {
    children.remove(child)
    await report()
  }

  private func dismiss() async {
    children = []
    await report()
    // A guardian that is gone needs no end of file.
    try? await writer.finish()
  }

  private func report() async {
    let line = children.map(String.init).joined(separator: " ") + "\n"
    // A guardian that is gone cannot be told; the children are stopped by us as ever.
    _ = try? await writer.write(Array(line.utf8))
  }
}
