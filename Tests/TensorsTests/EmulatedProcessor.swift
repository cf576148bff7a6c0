import Foundation
import Testing

/// Processors that `EmulatedLevels/emulate.py` runs static programs on, by the highest level of kernels that they have.
enum EmulatedProcessor: String, CaseIterable {
  case skylakeX = "skylake-x"
  case iceLake = "ice-lake"
  case sapphireRapids = "sapphire-rapids"

  /// As `ck_level` numbers them.
  var level: Int {
    switch self {
    case .skylakeX: 2
    case .iceLake: 3
    case .sapphireRapids: 4
    }
  }

  static let hint: Comment = "needs x86-64, and `pip install bochscpu-python==0.4.0` for python3 or QUERN_PYTHON"

  static let isPresent: Bool = {
    #if arch(x86_64)
      let check = "import sys, os; sys.setdlopenflags(os.RTLD_LAZY); import bochscpu"
      return (try? execute([python, "-c", check]).status) == 0
    #else
      return false
    #endif
  }()

  /// `EmulatedLevels/levels.c` with the kernels in it.
  static let kernelsProgram = Result { try compile(sources: ["\(folder)/levels.c"] + kernels()) }

  func run(_ program: URL, _ arguments: [String]) throws -> Execution {
    try Self.run(rawValue, program, arguments)
  }

  static func run(_ processor: String, _ program: URL, _ arguments: [String]) throws -> Execution {
    try execute(["timeout", "1200", python, "\(folder)/emulate.py", processor, program.path] + arguments)
  }

  static func compile(_ source: String) throws -> URL {
    let file = newFile().appendingPathExtension("c")
    try Data(source.utf8).write(to: file)
    return try compile(sources: [file.path])
  }

  struct Execution {
    let status: Int32
    let output: String
  }

  private struct CompilationFailure: Error {
    let output: String
  }

  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
  private static let folder = tests.appending(path: "EmulatedLevels").path
  private static let kernelsFolder = tests.appending(path: "../../Sources/CKernels").standardizedFileURL
  private static let python = ProcessInfo.processInfo.environment["QUERN_PYTHON"] ?? "python3"

  private static func kernels() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: kernelsFolder.path).filter { $0.hasSuffix(".c") }
      .map { kernelsFolder.appending(path: $0).path }
  }

  /// Optimised as SwiftPM does for a release, by the same compiler.
  private static func compile(sources: [String]) throws -> URL {
    let program = newFile()
    let options = ["-O2", "-std=gnu17", "-static", "-I", kernelsFolder.appending(path: "include").path]
    let compilation = try execute([clang()] + options + sources + ["-lm", "-o", program.path])
    guard compilation.status == 0 else { throw CompilationFailure(output: compilation.output) }
    return program
  }

  /// The one beside swift.
  private static func clang() throws -> String {
    let swift = try execute(["which", "swift"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
    let clang = URL(filePath: swift).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "clang")
    return FileManager.default.isExecutableFile(atPath: clang.path) ? clang.path : "clang"
  }

  private static func newFile() -> URL {
    FileManager.default.temporaryDirectory.appending(path: "quern-\(UUID())")
  }

  private static func execute(_ command: [String]) throws -> Execution {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Execution(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
  }
}

extension Trait where Self == ConditionTrait {
  static var needsEmulator: Self { .enabled(if: EmulatedProcessor.isPresent, EmulatedProcessor.hint) }
}
