/// A filter: the value before the bar, and the arguments.
typealias TemplateFilter =
  @Sendable (TemplateRenderer, TemplateValue, TemplateArguments) throws(TemplateError) -> TemplateValue

/// jinja2's filters, and Hugging Face's `tojson` in place of its own.
enum TemplateFilters {
  static let byName: [String: TemplateFilter] = text.merging(sequence) { $1 }.merging(numeric) { $1 }

  /// Filters of jinja2 that are left out: for web pages, or not the same on each call.
  static let unsupported: Set<String> = [
    "filesizeformat", "groupby", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap", "xmlattr",
  ]
}

extension TemplateRenderer {
  func applyFilter(
    _ name: String,
    _ value: TemplateValue,
    _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    guard let filter = TemplateFilters.byName[name] else {
      throw TemplateFilters.unsupported.contains(name)
        ? unsupported("the filter “\(name)”") : failure("there is no filter “\(name.prefix(40))”")
    }
    return try filter(self, value, arguments)
  }

  /// What the filters that work on strings see of other values.
  func softText(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
    value.text == nil ? try string(try printed(value)) : value
  }

  /// The result of a text filter: `transform` of the text, marked as safe if `value` was.
  func mapText(
    _ value: TemplateValue,
    _ transform: (String) throws(TemplateError) -> String
  ) throws(TemplateError) -> TemplateValue {
    let soft = try softText(value)
    let text = soft.text ?? ""
    try charge(rewriting: text)
    return try string(try transform(text), like: soft)
  }
}
