/// What a template may use: templates come with models from anywhere, so each is run as if it were hostile.
package struct TemplateLimits: Sendable {
  /// UTF-8 bytes of the template; the longest in the wild have about 30 kB.
  package var sourceBytes: Int
  /// Tags and brackets open at once; it bounds the parser's and the renderer's stack.
  package var nesting: Int
  /// Statements and expressions under evaluation at once, across macro calls.
  package var evaluationDepth: Int
  /// Lists within lists; a conversation parsed from JSON has at most 256.
  package var valueDepth: Int
  /// Elementary operations; one for 32 bytes where text is searched.
  package var steps: Int
  /// UTF-8 bytes of all text made on the way.
  package var textBytes: Int
  /// UTF-8 bytes of the rendered text.
  package var outputBytes: Int
  /// Elements of `range`, as in jinja2's sandbox.
  package var rangeCount: Int

  package init(
    sourceBytes: Int = 1 << 20,
    nesting: Int = 48,
    evaluationDepth: Int = 240,
    valueDepth: Int = 300,
    steps: Int = 4_000_000,
    textBytes: Int = 256 << 20,
    outputBytes: Int = 64 << 20,
    rangeCount: Int = 100_000
  ) {
    self.sourceBytes = sourceBytes
    self.nesting = nesting
    self.evaluationDepth = evaluationDepth
    self.valueDepth = valueDepth
    self.steps = steps
    self.textBytes = textBytes
    self.outputBytes = outputBytes
    self.rangeCount = rangeCount
  }
}
