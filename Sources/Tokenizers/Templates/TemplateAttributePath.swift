/// The `attribute` of a filter: `"function.name"`, or an index.
struct TemplateAttributePath {
  private let parts: [TemplateValue]

  init(_ attribute: TemplateValue, _ renderer: TemplateRenderer) throws(TemplateError) {
    if attribute.isNone {
      parts = []
    } else if let text = attribute.text {
      parts = Self.parts(text)
    } else {
      parts = [attribute]
    }
  }

  private init(_ text: String) {
    parts = Self.parts(text)
  }

  /// `"role,content"`: one path for each part of the key that `sort` compares.
  static func several(
    _ attribute: TemplateValue,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> [TemplateAttributePath] {
    guard let text = attribute.text else { return [try TemplateAttributePath(attribute, renderer)] }
    return text.split(separator: ",", omittingEmptySubsequences: false).map { TemplateAttributePath(String($0)) }
  }

  private static func parts(_ text: String) -> [TemplateValue] {
    text.split(separator: ".", omittingEmptySubsequences: false).map { part in
      let isIndex = !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
      return isIndex ? .integer(Int(part) ?? .max) : .string(String(part))
    }
  }

  /// The value at the path; `absent` in place of undefined values on the way.
  func value(
    in element: TemplateValue,
    absent: TemplateValue? = nil,
    _ renderer: TemplateRenderer
  ) throws(TemplateError) -> TemplateValue {
    var value = element
    for part in parts {
      value = try renderer.subscription(value, part)
      if let absent, value.isUndefined { value = absent }
    }
    return value
  }
}
