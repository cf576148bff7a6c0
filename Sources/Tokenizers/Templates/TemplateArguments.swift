/// The arguments of a call.
struct TemplateArguments {
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []

  /// The arguments by parameter, nil where none is given, as Python matches them.
  func matched(
    to parameters: [String],
    of callee: String,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> [TemplateValue?] {
    guard positional.count <= parameters.count else {
      throw renderer.failure("\(callee) takes \(parameters.count) arguments, not \(positional.count)")
    }
    var values: [TemplateValue?] = positional + Array(repeating: nil, count: parameters.count - positional.count)
    for (name, value) in named {
      guard let index = parameters.firstIndex(of: name), case nil = values[index] else {
        throw renderer.failure("\(callee) does not take “\(name.prefix(40))” here")
      }
      values[index] = value
    }
    return values
  }

  /// The one argument that a callee needs.
  func single(of callee: String, _ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue {
    guard named.isEmpty, positional.count == 1 else { throw renderer.failure("\(callee) takes one argument") }
    return positional[0]
  }

  func requireNone(of callee: String, _ renderer: TemplateRenderer) throws(TemplateError) {
    guard named.isEmpty, positional.isEmpty else { throw renderer.failure("\(callee) takes no argument") }
  }
}
