import Expressions

/// Values for some of a model's modules, as PEFT's `rank_pattern` and `alpha_pattern`: by regular expressions for what a
/// module's name is, or ends with behind a dot. The first that matches counts.
package struct ModulePatterns<Value: Sendable & Hashable>: Sendable, Hashable {
  package struct Entry: Sendable, Hashable {
    package let expression: String
    package let value: Value

    package init(expression: String, value: Value) {
      self.expression = expression
      self.value = value
    }

    fileprivate var compiled: Expression? {
      guard !expression.isEmpty, expression.utf8.count <= 1024 else { return nil }
      // What is no expression is found by `invalidExpression`.
      return try? Expression(#"(?:.*\.)?(?:"# + expression + ")")
    }

    fileprivate func matches(_ module: String) -> Bool {
      // Plain names are most of them, and need no expression to be compiled for each module.
      if expression.utf8.allSatisfy({ $0 == 0x5F || $0 == 0x2E || Self.isAlphanumeric($0) }) {
        return AdapterConfiguration.matches(module, expression)
      }
      return compiled?.matchesWhole(module) ?? false
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
  }

  package let entries: [Entry]

  package init(_ entries: [Entry] = []) { self.entries = entries }

  /// nil: no pattern matches the module.
  package func value(of module: String) -> Value? { entries.first { $0.matches(module) }?.value }

  package var values: [Value] { entries.map(\.value) }

  /// The first that is no regular expression.
  package var invalidExpression: String? { entries.first { $0.compiled == nil }?.expression }
}

extension ModulePatterns: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, Value)...) {
    self.init(elements.map { Entry(expression: $0, value: $1) })
  }
}
