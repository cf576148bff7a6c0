extension SchemaCatalog {
  /// Alternatives, also such that begin alike.
  static let choices = #"""
    {"anyOf":[{"type":"boolean"},{"type":"null"}]}
    {"anyOf":[{"type":"string","maxLength":4},{"type":"integer","minimum":0,"maximum":9},{"type":"array","items":{"type":"boolean"},"maxItems":2}]}
    {"anyOf":[{"type":"object","properties":{"kind":{"const":"circle"},"r":{"type":"number","minimum":0,"maximum":9}},"required":["kind","r"],"additionalProperties":false},{"type":"object","properties":{"kind":{"const":"square"},"side":{"type":"number","minimum":0,"maximum":9}},"required":["kind","side"],"additionalProperties":false}]}
    {"anyOf":[{"type":"object","properties":{"a":{"type":"boolean"}},"required":["a"],"additionalProperties":false},{"type":"object","properties":{"a":{"type":"boolean"},"b":{"type":"boolean"}},"required":["a","b"],"additionalProperties":false},{"type":"object","properties":{"b":{"type":"boolean"}},"required":["b"],"additionalProperties":false}]}
    {"anyOf":[{"type":"string","enum":["on","off"]},{"type":"string","enum":["on","auto"]},{"type":"boolean"}]}
    {"oneOf":[{"type":"string","maxLength":5}]}
    {"allOf":[{"type":"object","properties":{"x":{"type":"boolean"}},"required":["x"],"additionalProperties":false}]}
    {"type":"object","properties":{"v":{"anyOf":[{"type":"integer","minimum":0,"maximum":9},{"type":"number","minimum":0,"maximum":1},{"type":"null"}]}},"required":["v"],"additionalProperties":false}
    {"type":"object","properties":{"event":{"anyOf":[{"type":"object","properties":{"type":{"const":"click"},"x":{"type":"integer","minimum":0,"maximum":999},"y":{"type":"integer","minimum":0,"maximum":999}},"required":["type","x","y"],"additionalProperties":false},{"type":"object","properties":{"type":{"const":"key"},"code":{"type":"string","minLength":1,"maxLength":3}},"required":["type","code"],"additionalProperties":false},{"type":"object","properties":{"type":{"const":"scroll"},"delta":{"type":"integer","minimum":-99,"maximum":99}},"required":["type","delta"],"additionalProperties":false}]}},"required":["event"],"additionalProperties":false}
    {"type":"object","properties":{"calls":{"type":"array","items":{"anyOf":[{"type":"object","properties":{"name":{"const":"add"},"args":{"type":"array","items":{"type":"integer","minimum":0,"maximum":9},"minItems":2,"maxItems":2}},"required":["name","args"],"additionalProperties":false},{"type":"object","properties":{"name":{"const":"echo"},"args":{"type":"string","maxLength":8}},"required":["name","args"],"additionalProperties":false}]},"minItems":1,"maxItems":2}},"required":["calls"],"additionalProperties":false}
    {"anyOf":[{"anyOf":[{"type":"boolean"},{"type":"null"}]},{"anyOf":[{"type":"null"},{"type":"integer","minimum":0,"maximum":1}]}]}
    {"anyOf":[{"type":"array","items":{"type":"integer","minimum":0,"maximum":9},"maxItems":2},{"type":"array","items":{"type":"string","maxLength":2},"maxItems":2}]}
    {"anyOf":[{"const":"abc"},{"const":"abd"},{"const":"abcabc"}]}
    {"anyOf":[{"type":"string","pattern":"^a+$","maxLength":6},{"type":"string","pattern":"^[ab]{2,4}$"}]}
    {"anyOf":[{"type":"string","format":"date"},{"type":"string","format":"date-time"},{"type":"string","format":"ipv4"}]}
    {"anyOf":[{"type":"integer","minimum":0,"maximum":50},{"type":"integer","minimum":40,"maximum":90,"multipleOf":10}]}
    """#
}
