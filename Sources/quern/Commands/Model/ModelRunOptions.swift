import ArgumentParser
import Models
import Tensors

/// How the commands run a model on this machine.
struct ModelRunOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How many threads compute; all allowed cores without it.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Force a lower level of vector instructions.", valueName: "level"))
  var kernels: KernelLevel = .detected

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be from 1 to 1024, not \(threads)")
    }
    if kernels > .detected {
      let available = KernelLevel.available.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("this processor has no \(kernels.rawValue); it has: \(available)")
    }
  }

  func makePool() -> ThreadPool { ThreadPool(threads: threads ?? ThreadPool.defaultThreadCount) }
}

extension KernelLevel: ExpressibleByArgument {}

/// Token ids as an argument.
enum TokenList {
  /// - Parameter text: decimal ids between spaces or commas.
  static func parse(_ text: String, for model: ModelConfiguration) throws -> [Int32] {
    let words = text.split { $0.isWhitespace || $0 == "," || $0 == "[" || $0 == "]" }
    let limit = model.vocabularySize
    let ids = try words.map { word in
      guard let id = Int32(word), (0..<limit).contains(Int(id)) else {
        throw CommandFailure.usage("'\(word)' is no token of this model; ids are from 0 to \(limit - 1)")
      }
      return id
    }
    let longest = model.maxPositionCount
    guard !ids.isEmpty else { throw CommandFailure.usage("--tokens is empty; give at least one id") }
    guard ids.count <= longest else {
      throw CommandFailure.usage("\(ids.count) tokens are more than the model's context of \(longest); give fewer")
    }
    return ids
  }
}
