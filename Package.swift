// swift-tools-version: 6.2
import PackageDescription

// Every dependency is pinned exactly, and here is why each one is worth having:
let dependencies: [Package.Dependency] = [
  // Argument parsing, --help, --version and shell completions of every executable.
  .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
  // Deques for the queues of the scheduler.
  .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
  // SHA-256 for content addresses and fingerprints, HMAC for pseudonyms.
  .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
  // The logging front end; journald and terminal back ends are ours (Telemetry).
  .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  // One ServiceGroup per executable: ordered start, graceful stop on SIGTERM.
  .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  // Child processes: the embedded PostgreSQL, and the worker and monitor of `quern up`.
  .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
  // Its FlyingSocks: the sockets under /metrics, TCP and UNIX. (FlyingFox proper would pull libcurl into each daemon.)
  .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
  // File paths in swift-subprocess's API; the other two are pinned because the ones above need them.
  .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
  .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
  .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
]

let deques = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let sockets = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let checked: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// For the targets that touch raw memory: each such expression is marked `unsafe`.
let memoryChecked = checked + [.strictMemorySafety()]

func library(_ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = checked) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies + [arguments, logging, lifecycle],
    swiftSettings: checked,
    // The Swift runtime inside, so that a server needs no Swift. As a linker flag it leaves the objects alone:
    // tests and executables share them, which --static-swift-stdlib would prevent.
    linkerSettings: [
      .unsafeFlags(["-static-stdlib"]), .linkedLibrary("CoreFoundation"), .linkedLibrary("_FoundationICU"),
      .linkedLibrary("_FoundationCShims"), .linkedLibrary("_FoundationCollections"),
    ]
  )
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: checked)
}

let package = Package(
  name: "quern",
  products: [
    .executable(name: "quern", targets: ["quern"]),
    .executable(name: "quern-worker", targets: ["quern-worker"]),
    .executable(name: "quern-monitor", targets: ["quern-monitor"]),
  ],
  dependencies: dependencies,
  targets: [
    // 0: C, regular expressions and JSON
    .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .target(name: "CKernels"),
    library("Expressions", ["CPCRE2"], memoryChecked),
    library("JSON", []),
    // 1: foundation
    library("Postgres", ["CLibpq", "JSON", crypto, logging, lifecycle, subprocess, system], memoryChecked),
    library("Tensors", ["CKernels"], memoryChecked + [.enableExperimentalFeature("Lifetimes")]),
    library("Tokenizers", ["Expressions", "JSON"], memoryChecked),
    library("Grammars", ["JSON"]),
    library("Privacy", ["JSON", crypto], memoryChecked),
    library("Telemetry", ["CSystemd", "JSON", "Privacy", logging, lifecycle, sockets], memoryChecked),
    // 2: domain
    library("Jobs", ["JSON"]),
    library("Queue", ["Jobs", "JSON", "Postgres", "Privacy", "Registry", "Telemetry", logging, lifecycle]),
    library("Checkpoints", ["Expressions", "JSON", "Tensors"], memoryChecked),
    library("Models", ["Checkpoints", "Expressions", "JSON", "Tensors", "Tokenizers"]),
    library("Registry", ["JSON", "Postgres", crypto, logging]),
    library("Launch", ["Postgres", "Privacy", "Telemetry", arguments, logging, lifecycle, signals]),
    // 3: use
    library("Inference", ["JSON", "Models", "Tensors", "Tokenizers", deques]),
    library("Datasets", ["JSON", "Tokenizers"]),
    library("Training", ["Checkpoints", "Datasets", "JSON", "Models", "Tensors"]),
    // 4: join
    library(
      "Executors",
      [
        "Checkpoints", "Datasets", "Grammars", "Inference", "Jobs", "JSON", "Launch", "Models", "Postgres", "Queue",
        "Registry", "Telemetry", "Tensors", "Tokenizers", "Training", crypto, logging,
      ]
    ),
    // 5: executables
    executable(
      "quern",
      [
        "Launch", "Checkpoints", "Datasets", "Executors", "Inference", "Jobs", "JSON", "Models", "Postgres", "Privacy",
        "Queue", "Registry", "Telemetry", "Tensors", "Tokenizers", "Training", signals, subprocess, system,
      ]
    ),
    executable("quern-worker", ["Launch", "Executors", "Jobs", "JSON", "Postgres", "Queue", "Registry", "Telemetry"]),
    executable("quern-monitor", ["Launch", "JSON", "Postgres", "Privacy", "Queue", "Telemetry"]),
    // Tests
    .target(
      name: "PostgresTestSupport",
      dependencies: ["Postgres", logging],
      path: "Tests/PostgresTestSupport",
      swiftSettings: checked
    ),
    .target(
      name: "SharedTestData",
      dependencies: ["JSON"],
      path: "Tests/SharedTestData",
      swiftSettings: checked
    ),
    .target(name: "AllocationTestSupport", path: "Tests/AllocationTestSupport"),
    .target(name: "FuzzTestSupport", path: "Tests/FuzzTestSupport", swiftSettings: checked),
    tests("ArchitectureTests", []),
    tests("ExpressionsTests", ["Expressions"]),
    tests("JSONTests", ["FuzzTestSupport", "JSON"]),
    tests("TensorsTests", ["CKernels", "Tensors"], exclude: ["EmulatedLevels"]),
    tests("TokenizersTests", ["JSON", "SharedTestData", "Tokenizers"], exclude: ["Fixtures", "Templates/Fixtures"]),
    .target(
      name: "GrammarsTestSupport",
      dependencies: ["FuzzTestSupport", "Grammars", "JSON"],
      path: "Tests/GrammarsTestSupport",
      swiftSettings: checked
    ),
    tests("GrammarsTests", ["FuzzTestSupport", "Grammars", "GrammarsTestSupport", "JSON", "SharedTestData"]),
    tests(
      "CheckpointsTests",
      ["Checkpoints", "FuzzTestSupport", "JSON", "SharedTestData", "Tensors"],
      exclude: ["Fixtures"]
    ),
    tests("ModelsTests", ["Checkpoints", "JSON", "Models", "SharedTestData", "Tensors"], exclude: ["Recipe"]),
    tests(
      "InferenceTests",
      [
        "AllocationTestSupport", "Checkpoints", "Inference", "JSON", "Models", "SharedTestData", "Tensors",
        "Tokenizers",
      ],
      exclude: ["Fixtures"]
    ),
    tests(
      "DatasetsTests",
      ["Datasets", "FuzzTestSupport", "JSON", "SharedTestData", "Tokenizers"],
      exclude: ["Fixtures"]
    ),
    tests(
      "TrainingTests",
      ["Checkpoints", "Datasets", "JSON", "Models", "SharedTestData", "Tensors", "Tokenizers", "Training"],
      exclude: ["Fixtures"]
    ),
    .target(
      name: "ContainerTestSupport",
      dependencies: [subprocess],
      path: "Tests/ContainerTestSupport",
      swiftSettings: checked
    ),
    tests("ContainerTests", ["ContainerTestSupport", "Telemetry", "Privacy"]),
    tests("PrivacyTests", ["JSON", "Privacy", "SharedTestData"]),
    tests("TelemetryTests", ["Telemetry", "Privacy", "JSON", logging, lifecycle, subprocess]),
    tests("JobsTests", ["JSON", "Jobs"]),
    tests(
      "QueueTests",
      ["JSON", "Jobs", "Postgres", "PostgresTestSupport", "Privacy", "Queue", "Registry", "Telemetry", logging]
    ),
    tests("LaunchTests", ["Launch", "Postgres"]),
    tests("RegistryTests", ["JSON", "Postgres", "PostgresTestSupport", "Registry"]),
    tests(
      "ExecutorsTests",
      [
        "Checkpoints", "Datasets", "Executors", "Grammars", "GrammarsTestSupport", "Inference", "Jobs", "JSON",
        "Models",
        "Queue", "SharedTestData", "Telemetry", "Tensors", "Tokenizers",
      ]
    ),
    tests("QuernTests", ["JSON", "Launch", "SharedTestData", subprocess, system], exclude: ["Peers"]),
    tests(
      "RecoveryTests",
      ["JSON", "Jobs", "Postgres", "PostgresTestSupport", "Queue", "SharedTestData", logging]
    ),
    tests("PostgresTests", ["JSON", "Postgres", "PostgresTestSupport", logging, lifecycle]),
  ],
  cLanguageStandard: .c17
)
