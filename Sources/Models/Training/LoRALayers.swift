/// The layers that get adapters, by their numbers in module names: PEFT's `layers_to_transform` and `layers_pattern`.
package struct LoRALayers: Sendable, Hashable {
  package let numbers: [Int]
  /// What stands before a layer's number, as `layers` or `h`; empty: whatever it is.
  package let patterns: [String]

  package init(_ numbers: [Int], patterns: [String] = []) {
    self.numbers = numbers
    self.patterns = patterns
  }

  func contains(_ module: String) -> Bool { number(in: module).map(numbers.contains) ?? false }

  /// The number of the layer that a module is in. The first number counts that has a pattern before it; without patterns,
  /// one that has two words before it.
  func number(in module: String) -> Int? {
    let words = module.split(separator: ".", omittingEmptySubsequences: false)
    for index in words.indices.dropFirst().dropLast() {
      guard let number = Int(words[index]), number >= 0 else { continue }
      let before = words[..<index].joined(separator: ".")
      if patterns.isEmpty ? index >= 2 : patterns.contains(where: { ModuleNames.ends(before, with: $0) }) {
        return number
      }
    }
    return nil
  }
}
