import Foundation
import JSON

/// Values of arguments that may stand elsewhere: `-` is standard input, `@file` a file.
enum Input {
  /// `-` reads standard input; one line feed at its end is the shell's and not part of the text.
  static func text(_ argument: String) throws -> String {
    guard argument == "-" else { return argument }
    var bytes = try readAll(FileHandle.standardInput, name: "standard input")
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure.usage("standard input is not UTF-8; convert it first")
    }
    return text
  }

  /// A JSON document, `@file` or `-`.
  static func json(_ argument: String, option: String) throws -> JSONValue {
    let bytes: [UInt8]
    if argument == "-" {
      bytes = try readAll(FileHandle.standardInput, name: "standard input")
    } else if argument.hasPrefix("@") {
      bytes = try readFile(String(argument.dropFirst()), option: option)
    } else {
      bytes = Array(argument.utf8)
    }
    do throws(JSONError) { return try JSONValue(parsing: bytes) } catch {
      throw CommandFailure.usage("\(option) is not JSON: \(error); quote it for the shell, or use @file")
    }
  }

  /// The contents of a text file; `-` is standard input.
  static func file(_ path: String, option: String) throws -> String {
    let bytes =
      path == "-"
      ? try readAll(FileHandle.standardInput, name: "standard input") : try readFile(path, option: option)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure.usage("\(path) is not UTF-8; convert it first")
    }
    return text
  }

  /// The lines of a text file, split at line feeds alone, without empty ones.
  static func lines(_ path: String, option: String) throws -> [String] {
    try file(path, option: option).unicodeScalars.split(separator: "\n").map(String.init)
  }

  private static func readFile(_ path: String, option: String) throws -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw CommandFailure.usage(
        "cannot read \(path): \(String(cString: strerror(errno))); check the path given to \(option)"
      )
    }
    return try readAll(file, name: path)
  }

  private static func readAll(_ file: FileHandle, name: String) throws -> [UInt8] {
    do { return Array(try file.readToEnd() ?? Data()) } catch {
      throw CommandFailure("cannot read \(name): \(error.localizedDescription)")
    }
  }
}
