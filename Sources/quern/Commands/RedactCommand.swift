import ArgumentParser
import Foundation
import JSON
import Launch
import Privacy

struct RedactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Replace personal data and secrets in a stream of text: stdin to stdout.",
    discussion: """
      With --json each line is a text, with --jsonl a JSON string; each gives \
      {"text": …, "entities": [{"type", "start", "end", "score"}]} with offsets in code points of the input. \
      What is not UTF-8 is withheld, and the exit code is 1.
      """
  )

  @Flag(help: "Read a text per line, print a JSON object per line.")
  var json = false

  @Flag(help: "Read a JSON string per line, print a JSON object per line.")
  var jsonl = false

  func validate() throws {
    if json && jsonl { throw ValidationError("give --json or --jsonl, not both") }
  }

  func run() throws {
    if json || jsonl { try redactLines() } else { try redactStream() }
  }

  private func redactStream() throws {
    var stream = RedactionStream(Redactor())
    while let chunk = try InputLines.readChunk() { Console.write(stream.append(chunk)) }
    Console.write(stream.finish())
    if stream.isWithheld {
      Console.write("\n")
      throw CommandFailure("the input is not UTF-8: its rest was withheld; convert it first")
    }
  }

  private func redactLines() throws {
    let redactor = Redactor()
    var number = 0
    var withheld: Int?
    var output: [UInt8] = []
    var lines = InputLines()
    try lines.forEach { line in
      number += 1
      let text = try text(of: Array(line), number: number)
      if text == nil { withheld = withheld ?? number }
      output += (answer(text, redactor).text + "\n").utf8
    } pause: {
      Console.write(output)
      output.removeAll(keepingCapacity: true)
    }
    if let withheld { throw CommandFailure("line \(withheld) is not UTF-8 and was withheld; convert the input first") }
  }

  /// Nil when the line is not UTF-8. No error quotes the line.
  private func text(of line: [UInt8], number: Int) throws -> String? {
    guard jsonl else { return String(validating: line, as: UTF8.self) }
    guard let text = (try? JSONValue(parsing: line))?.string else {
      throw CommandFailure("line \(number) is not a JSON string; use --json for plain lines")
    }
    return text
  }

  private func answer(_ text: String?, _ redactor: Redactor) -> JSONValue {
    guard let text else { return ["text": .string(Redacted.withheld.description), "entities": []] }
    let entities = redactor.entities(in: text).map { entity -> JSONValue in
      [
        "type": .string(entity.type.rawValue), "start": JSONValue(entity.range.lowerBound),
        "end": JSONValue(entity.range.upperBound), "score": .number(entity.score),
      ]
    }
    return ["text": .string(redactor.redact(text).description), "entities": .array(entities)]
  }
}
