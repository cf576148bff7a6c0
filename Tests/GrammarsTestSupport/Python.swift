import Foundation
package import JSON
package import Testing

/// Python with PyPI's jsonschema as the judge of documents and expressions.
package enum Python {
  fileprivate static let isInstalled = knows("re")
  fileprivate static let hasJSONSchema = knows("jsonschema")

  /// Whether `python3` on the path knows the module.
  private static func knows(_ module: String) -> Bool {
    // A failure of any kind means that the tests which need it are skipped.
    (try? run("import \(module)", input: [])) != nil
  }

  package struct Failure: Error {
    package let status: Int32
  }

  /// Runs `script`, which reads JSON values from the lines of the file `sys.argv[1]` and prints one for each.
  package static func run(_ script: String, input: [JSONValue]) throws -> [JSONValue] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "quern-grammars-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, lines, output) = (
      folder.appending(path: "run.py"), folder.appending(path: "in.jsonl"), folder.appending(path: "out.jsonl")
    )
    try Data(script.utf8).write(to: source)
    try Data(input.map { $0.text + "\n" }.joined().utf8).write(to: lines)
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-W", "ignore", source.path, lines.path]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
    return try Data(contentsOf: output).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
  }

  /// Null for each document that is valid, formats included, and what is wrong with each other.
  package static func validate(_ documents: [(schema: JSONValue, text: String)]) throws -> [JSONValue] {
    try run(
      """
      import json, sys
      from jsonschema import Draft202012Validator as Validator
      validators = {}
      for line in open(sys.argv[1], encoding="utf-8", newline="\\n"):
          schema, text = json.loads(line)
          key = json.dumps(schema)
          if key not in validators:
              validators[key] = Validator(schema, format_checker=Validator.FORMAT_CHECKER)
          try:
              document = json.loads(text)
              text.encode("utf-8")
              problem = next((e.message for e in validators[key].iter_errors(document)), None)
          except Exception as error:
              problem = repr(error)
          print(json.dumps(problem))
      """,
      input: documents.map { .array([$0.schema, .string($0.text)]) }
    )
  }
}

extension Trait where Self == ConditionTrait {
  package static var needsJSONSchema: Self {
    .enabled(if: Python.hasJSONSchema, "python3 has no jsonschema: pip install 'jsonschema[format]'")
  }

  package static var needsPython: Self {
    .enabled(if: Python.isInstalled, "python3 is not installed")
  }
}
