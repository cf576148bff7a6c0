import Foundation

/// What a machine needs to boot a container, for `@Suite(.enabled(if: ContainerRequirements.missing == nil, …))`.
package enum ContainerRequirements {
  /// Why no container can boot here; nil when one can.
  package static let missing: String? = {
    if getuid() != 0 { return "needs root" }
    for program in ["/usr/bin/systemd-nspawn", "/usr/bin/nsenter", "/usr/bin/unshare"]
    where !FileManager.default.isExecutableFile(atPath: program) {
      return "\(program) is not installed (Debian: systemd-container, util-linux)"
    }
    if !FileManager.default.isExecutableFile(atPath: "/usr/lib/systemd/systemd") { return "systemd is not installed" }
    return mountRefusal()
  }()

  /// For a suite's comment.
  package static var comment: String { "skipped: \(missing ?? "")" }

  /// Tries what the launcher does first: root of an unprivileged container may not mount, and not every kernel has
  /// overlayfs.
  private static func mountRefusal() -> String? {
    let directory = NSTemporaryDirectory() + "/quern-mount-" + UUID().uuidString.prefix(8)
    let script = """
      set -e
      mkdir "$0" && trap 'umount -R "$0" 2>/dev/null; rmdir "$0"' EXIT
      mount -t tmpfs tmpfs "$0" && cd "$0" && mkdir upper work root
      mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/upper,workdir=$PWD/work" root
      cd /
      """
    let trial = Process()
    trial.executableURL = URL(filePath: "/usr/bin/unshare")
    trial.arguments = ["--mount", "--propagation", "private", "bash", "-c", script, directory]
    let errors = Pipe()
    trial.standardError = errors
    do {
      try trial.run()
    } catch {
      return "unshare does not start: \(error)"
    }
    let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    trial.waitUntilExit()
    return trial.terminationStatus == 0 ? nil : "no overlay can be mounted here: \(words.prefix(300))"
  }
}
