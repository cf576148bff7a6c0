import FoundationEssentials
import JSON

/// One rendering of a template: the text so far, where it stands, and what it has used of its limits.
final class TemplateRenderer {
  let limits: TemplateLimits
  let now: Date
  /// The line of the template under evaluation, for errors.
  var line = 1
  private(set) var text = ""
  /// Bytes of `text` that generation blocks made.
  private(set) var generationSpans: [Range<Int>] = []
  /// A generation block stood in a macro or a captured block, whose place in the whole text is unknown.
  private(set) var hasUnplacedGeneration = false
  private var captureDepth = 0
  private var evaluationDepth = 0
  private var steps = 0
  private var textBytes = 0
  private var outputBytes = 0
  /// Whatever may hold itself; taken apart at the end.
  private var capturedScopes: [TemplateScope] = []
  private var namespaces: [TemplateNamespace] = []

  init(limits: TemplateLimits, now: Date) {
    self.limits = limits
    self.now = now
  }

  func render(
    _ statements: [TemplateStatement],
    with variables: [String: JSONValue]
  ) throws(TemplateError) {
    defer { breakCycles() }
    let scope = TemplateScope(parent: nil)
    for (name, value) in variables { scope[name] = try convert(value) }
    _ = try execute(statements, in: TemplateScope(parent: scope))
  }

  private func breakCycles() {
    for scope in capturedScopes { scope.removeAll() }
    for namespace in namespaces { namespace.members = [] }
  }

  func makeNamespace() throws(TemplateError) -> TemplateNamespace {
    try step(16)
    let namespace = TemplateNamespace()
    namespaces.append(namespace)
    return namespace
  }

  func makeMacro(_ syntax: TemplateMacroSyntax, in scope: TemplateScope) throws(TemplateError) -> TemplateValue {
    try step(16)
    capturedScopes.append(scope)
    return .function(.macro(TemplateMacro(syntax, in: scope)))
  }

  // MARK: - Output

  func emit(_ string: String) throws(TemplateError) {
    try charge(bytes: string.utf8.count)
    outputBytes += string.utf8.count
    guard outputBytes <= limits.outputBytes else { throw exceeded("\(limits.outputBytes) bytes of output") }
    text += string
  }

  /// What `body` prints, taken out of the text.
  func capture(_ body: () throws(TemplateError) -> Void) throws(TemplateError) -> String {
    let outer = text
    text = ""
    captureDepth += 1
    defer {
      text = outer
      captureDepth -= 1
    }
    try body()
    return text
  }

  func markGeneration(_ body: () throws(TemplateError) -> Void) throws(TemplateError) {
    let start = text.utf8.count
    try body()
    if captureDepth > 0 {
      hasUnplacedGeneration = true
    } else {
      generationSpans.append(start..<text.utf8.count)
    }
  }

  // MARK: - Limits

  func step(_ count: Int = 1) throws(TemplateError) {
    let (sum, overflow) = steps.addingReportingOverflow(count)
    steps = sum
    guard !overflow, sum <= limits.steps else { throw exceeded("\(limits.steps) steps") }
  }

  /// Before text of `bytes` bytes is made.
  func charge(bytes: Int) throws(TemplateError) {
    let (sum, overflow) = textBytes.addingReportingOverflow(bytes)
    textBytes = sum
    guard !overflow, sum <= limits.textBytes else { throw exceeded("\(limits.textBytes) bytes of text") }
    try step(bytes / 32 + 1)
  }

  /// Before `text` is gone through.
  func charge(scanning text: String...) throws(TemplateError) {
    for text in text { try step(text.utf8.count / 32 + 1) }
  }

  /// Before each character of `text` is rewritten, which takes longer.
  func charge(rewriting text: String) throws(TemplateError) {
    try charge(bytes: text.utf8.count)
    try step(text.utf8.count / 8)
  }

  func checkValueDepth(_ depth: Int) throws(TemplateError) {
    guard depth <= limits.valueDepth else { throw exceeded("\(limits.valueDepth) levels of lists") }
  }

  /// Every recursion of the renderer passes here, which bounds its stack.
  func deeper<Result>(_ body: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
    try step()
    guard evaluationDepth < limits.evaluationDepth else {
      throw exceeded("\(limits.evaluationDepth) levels of evaluation")
    }
    evaluationDepth += 1
    defer { evaluationDepth -= 1 }
    return try body()
  }

  // MARK: - Errors

  func failure(_ problem: String) -> TemplateError { .failed(line: line, problem: problem) }
  func unsupported(_ feature: String) -> TemplateError { .unsupported(line: line, feature: feature) }
  func exceeded(_ limit: String) -> TemplateError { .limitExceeded(line: line, limit: limit) }
}
