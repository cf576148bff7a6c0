/// Names and their values; what a scope lacks its parent may have.
final class TemplateScope {
  private var variables: [String: TemplateValue] = [:]
  private let parent: TemplateScope?

  init(parent: TemplateScope?) {
    self.parent = parent
  }

  subscript(name: String) -> TemplateValue? {
    get {
      var scope: TemplateScope? = self
      while let current = scope {
        if let value = current.variables[name] { return value }
        scope = current.parent
      }
      return nil
    }
    set { variables[name] = newValue }
  }

  /// Breaks the cycle of a scope and the macros in it.
  func removeAll() {
    variables = [:]
  }
}
