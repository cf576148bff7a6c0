import Foundation

/// The Swift that this program runs with: hidden from a container, or lent to it in part.
package enum SwiftToolchain {
  /// The folder of the shared libraries, Testing's among them.
  package static let libraries: String = {
    // Foundation's other ways stop after one page: a file of /proc has the size 0 and comes in parts.
    guard let maps = try? FileHandle(forReadingFrom: URL(filePath: "/proc/self/maps")).readToEnd(),
      let line = String(decoding: maps, as: UTF8.self).split(separator: "\n").first(where: {
        $0.hasSuffix("/libswiftCore.so")
      }),
      let path = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true).last
    else {
      preconditionFailure("a test program runs with the shared Swift runtime")
    }
    return URL(filePath: path.trimmingCharacters(in: .whitespaces)).deletingLastPathComponent().path(
      percentEncoded: false
    )
  }()

  /// The folder to hide: `/opt/swift` of `/opt/swift/usr/lib/swift/linux/`; that of the libraries where Swift is
  /// installed among the system's own files.
  package static let root: String = {
    guard let end = libraries.range(of: "/usr/lib/swift/"), end.lowerBound > libraries.startIndex else {
      return libraries
    }
    return String(libraries[..<end.lowerBound])
  }()
}
