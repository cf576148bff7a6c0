extension SchemaCatalog {
  /// Long strings and lists.
  static let long = #"""
    {"type":"object","properties":{"bio":{"type":"string","maxLength":200},"motto":{"type":"string","minLength":10,"maxLength":80}},"required":["bio","motto"],"additionalProperties":false}
    {"type":"object","properties":{"notes":{"type":"array","items":{"type":"string","maxLength":60},"maxItems":6}},"required":["notes"],"additionalProperties":false}
    {"type":"string","maxLength":500}
    {"type":"string","minLength":250,"maxLength":300}
    {"type":"object","properties":{"code":{"type":"string","maxLength":150},"language":{"type":"string","enum":["swift","c","python","rust"]}},"required":["code","language"],"additionalProperties":false}
    {"type":"array","items":{"type":"string","maxLength":40},"minItems":2,"maxItems":8}
    {"type":"object","properties":{"article":{"type":"object","properties":{"headline":{"type":"string","minLength":5,"maxLength":60},"body":{"type":"string","maxLength":250},"tags":{"type":"array","items":{"type":"string","pattern":"^[a-z-]{2,12}$"},"maxItems":5},"published":{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]}},"required":["headline","body","tags","published"],"additionalProperties":false}},"required":["article"],"additionalProperties":false}
    {"type":"array","items":{"type":"array","items":{"type":"number","minimum":-1,"maximum":1},"minItems":6,"maxItems":6},"minItems":2,"maxItems":6}
    """#
}
