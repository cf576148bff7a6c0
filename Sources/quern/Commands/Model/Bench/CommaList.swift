import ArgumentParser

/// Values between commas, such as `1,8,32`; at least one.
struct CommaList<Element: ExpressibleByArgument & Sendable>: ExpressibleByArgument, Sendable {
  let elements: [Element]

  init(_ elements: [Element]) { self.elements = elements }

  init?(argument: String) {
    let elements = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Element(argument: String($0))
    }
    guard !elements.contains(where: { $0 == nil }) else { return nil }
    self.elements = elements.compactMap { $0 }
  }
}
