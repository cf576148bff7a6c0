package import Foundation

/// The interpreter of `QUERN_PYTHON`, or python3: for libraries that are the honest judge.
package enum Python {
  package struct Failure: Error {}

  /// - Parameters:
  ///   - environment: beside this process's own.
  ///   - showsErrors: false: what it writes to its standard error is dropped.
  /// - Returns: what it writes to its standard output.
  /// - Throws: `Failure` when it ends with another status than 0.
  package static func output(
    _ arguments: [String],
    environment: [String: String] = [:],
    showsErrors: Bool = true
  ) throws -> Data {
    let own = ProcessInfo.processInfo.environment
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [own["QUERN_PYTHON"] ?? "python3"] + arguments
    process.environment = own.merging(environment) { $1 }
    process.standardOutput = pipe
    if !showsErrors { process.standardError = FileHandle.nullDevice }
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return output
  }
}
