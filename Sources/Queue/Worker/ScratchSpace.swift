import FoundationEssentials
import Glibc
import Synchronization

/// Where one process keeps the directories of its attempts: a directory that is locked while the process lives, so that
/// the next one on the host tells what a killed process left, and deletes it.
package final class ScratchSpace: Sendable {
  private struct Held {
    let path: String
    /// The lock's; the kernel lets go of it with the process.
    let descriptor: Int32
  }

  private static let prefix = "quern-scratch-"

  private let parent: String
  private let held = Mutex<Held?>(nil)

  /// - Parameter parent: the unit's RuntimeDirectory, or one for temporary files; made when something is stored there.
  package init(in parent: String) {
    self.parent = parent
  }

  deinit { remove() }

  /// A directory that only this user can read, and that is gone with the value.
  package func makeDirectory() throws(JobError) -> ScratchDirectory {
    try ScratchDirectory(in: try path())
  }

  /// Deletes what is there; a later directory makes it anew.
  package func remove() {
    held.withLock { held in
      guard let space = held else { return }
      // Nobody is left to be told: the next process deletes what stays.
      try? FileManager.default.removeItem(atPath: space.path)
      close(space.descriptor)
      held = nil
    }
  }

  /// Deletes the spaces of processes that are gone.
  /// - Returns: how many.
  @discardableResult
  package func removeLeftovers() -> Int {
    // Without the parent there are none.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    var count = 0
    for name in names where name.hasPrefix(Self.prefix) {
      let path = "\(parent)/\(name)"
      guard let descriptor = Self.lock(path) else { continue }
      defer { close(descriptor) }
      // Another user's stays, as a file does that cannot be deleted.
      if (try? FileManager.default.removeItem(atPath: path)) != nil { count += 1 }
    }
    return count
  }

  private func path() throws(JobError) -> String {
    do {
      return try held.withLock { held in
        if let held { return held.path }
        let made = try makeHeld()
        held = made
        return made.path
      }
    } catch {
      throw JobError(.internalError, "the worker cannot make a directory in \(parent): \(type(of: error))")
    }
  }

  private func makeHeld() throws -> Held {
    while true {
      let path = "\(parent)/\(Self.prefix)\(UUID().uuidString)"
      try FileManager.default.createDirectory(
        atPath: path,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
      // A process that looks for leftovers may have come between, and takes it for one.
      guard let descriptor = Self.lock(path) else { continue }
      if FileManager.default.fileExists(atPath: path) { return Held(path: path, descriptor: descriptor) }
      close(descriptor)
    }
  }

  /// The descriptor that holds the lock; nil when a living process has it, or it is no directory of ours.
  private static func lock(_ path: String) -> Int32? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
