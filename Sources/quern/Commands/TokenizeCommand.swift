import ArgumentParser
import Executors
import Foundation
import JSON
import Launch
import Tokenizers

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Turn lines of text into token ids, or back: stdin to stdout.",
    discussion: "Prints a JSON array of ids for each line; with --decode reads such arrays and prints JSON strings."
  )

  @Option(
    help: ArgumentHelp("A directory with tokenizer files, or a GGUF file; no weights needed.", valueName: "dir|file")
  )
  var model: String

  @Flag(help: "Add the special tokens that the model expects around a text; with --decode keep those of the ids.")
  var special = false

  @Flag(help: "Each line is a JSON string, which may hold line feeds.")
  var jsonl = false

  @Flag(help: "From ids to text.")
  var decode = false

  func validate() throws {
    if decode && jsonl {
      throw ValidationError("--jsonl is about texts; with --decode each line is an array of ids anyway")
    }
  }

  func run() throws {
    let tokenizer = try Tokenizer.load(checkpoint: model)
    var number = 0
    var output: [UInt8] = []
    var lines = InputLines()
    try lines.forEach { line in
      number += 1
      let answer = decode ? try text(of: Array(line), number, tokenizer) : try ids(of: Array(line), number, tokenizer)
      output += (answer.text + "\n").utf8
    } pause: {
      Console.write(output)
      output.removeAll(keepingCapacity: true)
    }
  }

  private func ids(of line: [UInt8], _ number: Int, _ tokenizer: Tokenizer) throws -> JSONValue {
    // Why a line is no JSON string matters less than which line it is.
    let text = jsonl ? (try? JSONValue(parsing: line))?.string : String(validating: line, as: UTF8.self)
    guard let text else {
      throw CommandFailure("line \(number) is not \(jsonl ? "a JSON string" : "UTF-8"); correct the input")
    }
    return .array(tokenizer.encode(text, addSpecialTokens: special).map { JSONValue($0) })
  }

  private func text(of line: [UInt8], _ number: Int, _ tokenizer: Tokenizer) throws -> JSONValue {
    let ids = (try? JSONValue(parsing: line))?.array?.map(\.integer)
    guard let ids, !ids.contains(nil) else {
      throw CommandFailure("line \(number) is not a JSON array of token ids; correct the input")
    }
    let known = ids.compactMap { $0 }
    if let stranger = known.first(where: { !(0..<tokenizer.vocabularySize).contains($0) }) {
      throw CommandFailure(
        "line \(number) has the id \(stranger), the tokenizer those below \(tokenizer.vocabularySize); is it the right --model?"
      )
    }
    return .string(tokenizer.decode(known, skipSpecialTokens: !special))
  }
}
