/// What a job names: a model, or a model and an adapter of it.
package struct ModelReference: Sendable, Hashable, CustomStringConvertible {
  /// `name@version`, once the submission has resolved it.
  package let base: String
  package let adapter: String?

  /// - Parameter text: `base` or `base+adapter`.
  package init(_ text: String) {
    let parts = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    base = parts.first.map(String.init) ?? ""
    adapter = parts.count > 1 ? String(parts[1]) : nil
  }

  package var description: String { adapter.map { "\(base)+\($0)" } ?? base }
}
