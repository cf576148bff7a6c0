import Foundation

/// What a machine needs to boot a container, for `@Suite(.enabled(if: ContainerRequirements.missing == nil, …))`.
package enum ContainerRequirements {
  /// Why no container can boot here; nil when one can.
  package static let missing: String? = {
    if getuid() != 0 { return "only root can boot a container" }
    for program in ["/usr/bin/systemd-nspawn", "/usr/bin/nsenter", "/usr/bin/unshare"]
    where !FileManager.default.isExecutableFile(atPath: program) {
      return "\(program) is not installed (Debian: systemd-container, util-linux)"
    }
    if !FileManager.default.isExecutableFile(atPath: "/usr/lib/systemd/systemd") { return "systemd is not installed" }
    // A kernel without overlayfs does not list it; a missing list means no /proc.
    guard let filesystems = try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8),
      filesystems.contains("overlay")
    else {
      return "the kernel has no overlayfs"
    }
    return nil
  }()

  /// For a suite's comment.
  package static var comment: String { "skipped: \(missing ?? "")" }
}
