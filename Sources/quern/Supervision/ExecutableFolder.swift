import Foundation

/// Where this program is, and its siblings.
struct ExecutableFolder {
  let path: String

  static var current: ExecutableFolder {
    // /proc is how Linux says which file is running; without it the name we were called by has to do.
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ExecutableFolder(
      path: URL(filePath: link ?? CommandLine.arguments[0]).deletingLastPathComponent().standardizedFileURL.path(
        percentEncoded: false
      ).withoutTrailingSlash
    )
  }

  /// - Throws: when there is no such program.
  func sibling(_ name: String) throws -> String {
    let candidate = "\(path)/\(name)"
    guard FileManager.default.isExecutableFile(atPath: candidate) else {
      throw CommandFailure("\(name) is not beside quern in \(path); install all of Quern's programs into one directory")
    }
    return candidate
  }
}

extension String {
  fileprivate var withoutTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
