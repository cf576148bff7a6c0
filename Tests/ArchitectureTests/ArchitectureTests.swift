import Foundation
import Testing

/// The table of design: who may import whom. SwiftPM lets transitive imports pass; this does not.
struct ArchitectureTests {
  /// Layers from the bottom; a target may import any target of a lower layer.
  static let layers: [[String]] = [
    ["CKernels", "CLibpq", "CPCRE2", "CSystemd", "Expressions", "JSON"],
    ["Postgres", "Tensors", "Tokenizers", "Grammars", "Privacy", "Telemetry"],
    ["Jobs", "Queue", "Registry", "Models", "Checkpoints", "Launch"],
    ["Inference", "Datasets", "Training"],
    ["Executors"],
    ["quern", "quern-worker", "quern-monitor"],
  ]

  /// Imports within a layer, and all that executables import above layer 1.
  static let sideways: [String: Set<String>] = [
    "Telemetry": ["Privacy"],
    "Queue": ["Jobs", "Registry"],
    "Models": ["Checkpoints"],
    "Training": ["Datasets"],
    "quern": [
      "Launch", "Executors", "Jobs", "Queue", "Registry", "Inference", "Datasets", "Training", "Models", "Checkpoints",
    ],
    "quern-worker": ["Launch", "Executors", "Jobs", "Queue", "Registry"],
    "quern-monitor": ["Launch", "Queue"],
  ]

  /// Law 4: the engine knows nothing of PostgreSQL, the queue nothing of tensors.
  static let engine: Set<String> = [
    "Tensors", "Tokenizers", "Grammars", "Checkpoints", "Models", "Inference", "Datasets", "Training",
  ]
  static let queue: Set<String> = ["Postgres", "Jobs", "Queue", "Registry", "quern-monitor"]

  /// C libraries have one Swift target each that may see them.
  static let owners = ["CLibpq": "Postgres", "CPCRE2": "Expressions", "CSystemd": "Telemetry", "CKernels": "Tensors"]

  static let platform: Set<String> = [
    "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
  ]

  /// The external packages of each target.
  static let external: [String: Set<String>] = [
    "Postgres": ["Crypto", "Logging", "ServiceLifecycle", "Subprocess", "SystemPackage"],
    "Privacy": ["Crypto"],
    "Telemetry": ["FlyingSocks", "Logging", "ServiceLifecycle"],
    "Queue": ["Logging", "ServiceLifecycle"],
    "Registry": ["Crypto", "Logging"],
    "Launch": ["ArgumentParser", "Logging", "ServiceLifecycle", "UnixSignals"],
    "Inference": ["DequeModule"],
    "Executors": ["Crypto", "Logging"],
    "quern": ["ArgumentParser", "Logging", "ServiceLifecycle", "Subprocess", "SystemPackage", "UnixSignals"],
    "quern-worker": ["ArgumentParser", "Logging", "ServiceLifecycle"],
    "quern-monitor": ["ArgumentParser", "Logging", "ServiceLifecycle"],
  ]

  static let targets = layers.joined().filter { !$0.hasPrefix("C") || $0 == "Checkpoints" }.sorted()

  @Test(arguments: targets)
  func `a target imports only what the table lets it`(target: String) throws {
    for (file, module) in try imports(of: target) where !Self.platform.contains(module) {
      #expect(isAllowed(module, in: target), "\(file) imports \(module)")
    }
  }

  @Test(arguments: targets)
  func `the engine and the queue do not know each other`(target: String) throws {
    let modules = Set(try imports(of: target).map(\.module))
    if Self.engine.contains(target) {
      #expect(modules.isDisjoint(with: ["Postgres", "Queue", "Registry"]))
    }
    if Self.queue.contains(target) {
      #expect(modules.isDisjoint(with: Self.engine))
    }
  }

  @Test func `every folder of Sources has a place in the table`() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: sources.path(percentEncoded: false))
    #expect(Set(folders) == Set(Self.layers.joined()))
  }

  @Test func `only executables print`() throws {
    for target in Self.targets where Self.layer(of: target) < Self.layers.count - 1 {
      for (file, line) in try lines(of: target) {
        #expect(line.firstMatch(of: /(^|[^.\w])(print|debugPrint|dump)\(/) == nil, "\(file): \(line)")
      }
    }
  }

  private func isAllowed(_ module: String, in target: String) -> Bool {
    if Self.external[target]?.contains(module) == true || Self.sideways[target]?.contains(module) == true {
      return true
    }
    if let owner = Self.owners[module] { return owner == target }
    guard let place = Self.layers.firstIndex(where: { $0.contains(module) }) else { return false }
    let reach = Self.layer(of: target) == Self.layers.count - 1 ? 2 : Self.layer(of: target)
    return place < reach
  }

  private static func layer(of target: String) -> Int {
    layers.firstIndex { $0.contains(target) } ?? 0
  }

  private var sources: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources")
  }

  private func imports(of target: String) throws -> [(file: String, module: String)] {
    try lines(of: target).compactMap { file, line in
      line.prefixMatch(of: /(?:@\w+ )?(?:package |private |internal )?import (?:struct |enum |class |func )?(\w+)/)
        .map { (file, String($0.1)) }
    }
  }

  private func lines(of target: String) throws -> [(file: String, line: String)] {
    let folder = sources.appending(path: target)
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path(percentEncoded: false))
    return try names.filter { $0.hasSuffix(".swift") }.flatMap { name in
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        .split(separator: "\n").map { ("\(target)/\(name)", String($0)) }
    }
  }
}
