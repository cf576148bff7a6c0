import ArgumentParser
import Executors

/// `kind=n`.
struct Slots: ExpressibleByArgument {
  let kind: String
  let count: Int

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let count = Int(parts[1]), (1...100_000).contains(count) else { return nil }
    kind = String(parts[0])
    self.count = count
  }
}

/// What the database takes for a queue's name: 1 to 128 letters, digits, `.`, `_`, `:` and `-`, the first no sign.
struct QueueName: ExpressibleByArgument {
  let text: String

  init?(argument: String) {
    guard argument.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._:-]{0,127}/) != nil else { return nil }
    text = argument
  }
}

/// Bytes, with K, M, G or T for powers of 1024.
struct ByteSize: ExpressibleByArgument {
  let count: Int

  init?(argument: String) {
    let factors: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    let factor = argument.last.flatMap { factors[Character($0.uppercased())] }
    guard let number = Int(factor == nil ? argument[...] : argument.dropLast()), number > 0 else { return nil }
    let (count, overflow) = number.multipliedReportingOverflow(by: factor ?? 1)
    guard !overflow else { return nil }
    self.count = count
  }
}

struct KernelOption: ExpressibleByArgument {
  let level: KernelChoice

  init?(argument: String) {
    guard let level = KernelChoice(argument) else { return nil }
    self.level = level
  }
}
