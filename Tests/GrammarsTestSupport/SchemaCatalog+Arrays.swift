extension SchemaCatalog {
  /// Arrays with bounds.
  static let arrays = #"""
    {"type":"array","items":{"type":"boolean"},"maxItems":3}
    {"type":"array","items":{"type":"boolean"},"maxItems":0}
    {"type":"array","items":{"type":"integer","minimum":0,"maximum":9},"maxItems":5}
    {"type":"array","items":{"type":"integer","minimum":0,"maximum":9},"minItems":5,"maxItems":5}
    {"type":"array","items":{"type":"string","maxLength":4},"minItems":1,"maxItems":3}
    {"type":"array","items":{"type":"null"},"minItems":2,"maxItems":2}
    {"type":"array","items":{"type":"array","items":{"type":"boolean"},"maxItems":2},"maxItems":2}
    {"type":"array","items":{"type":"array","items":{"type":"array","items":{"type":"integer","minimum":0,"maximum":1},"maxItems":2},"maxItems":2},"maxItems":2}
    {"type":"array","items":{"type":"string","enum":["x","y","z"]},"minItems":2,"maxItems":4}
    {"type":"array","items":{"type":"number","minimum":0,"maximum":1},"maxItems":4}
    {"type":"array","items":{"type":"object","properties":{"x":{"type":"integer","minimum":0,"maximum":9},"y":{"type":"integer","minimum":0,"maximum":9}},"required":["x","y"],"additionalProperties":false},"maxItems":3}
    {"type":"array","items":{"type":"object","properties":{"name":{"type":"string","maxLength":8},"tags":{"type":"array","items":{"type":"string","maxLength":5},"maxItems":2}},"required":["name","tags"],"additionalProperties":false},"minItems":1,"maxItems":2}
    {"type":"array","items":{"anyOf":[{"type":"integer","minimum":0,"maximum":9},{"type":"string","maxLength":3}]},"maxItems":4}
    {"type":"array","items":{"type":"string","format":"date"},"minItems":1,"maxItems":2}
    {"type":"array","items":{"type":"string","format":"ipv4"},"minItems":2,"maxItems":2}
    {"type":"array","items":{"type":["integer","null"],"minimum":0,"maximum":9},"minItems":3,"maxItems":6}
    {"type":"array","items":{"type":"string","pattern":"^[a-f]{2}$"},"maxItems":3}
    {"type":"array","items":{"const":1},"minItems":10,"maxItems":10}
    {"type":"array","items":{"anyOf":[{"type":"boolean"},{"type":"null"}]},"minItems":3,"maxItems":3}
    {"type":"array","items":{"type":"object","properties":{},"required":[],"additionalProperties":false},"minItems":1,"maxItems":2}
    {"type":"object","properties":{"matrix":{"type":"array","items":{"type":"array","items":{"type":"integer","minimum":0,"maximum":1},"minItems":3,"maxItems":3},"minItems":3,"maxItems":3}},"required":["matrix"],"additionalProperties":false}
    {"type":"object","properties":{"points":{"type":"array","items":{"type":"object","properties":{"lat":{"type":"number","minimum":-90,"maximum":90},"lon":{"type":"number","minimum":-180,"maximum":180}},"required":["lat","lon"],"additionalProperties":false},"minItems":1,"maxItems":2}},"required":["points"],"additionalProperties":false}
    {"type":"object","properties":{"steps":{"type":"array","items":{"type":"object","properties":{"explanation":{"type":"string","maxLength":20},"output":{"type":"string","maxLength":15}},"required":["explanation","output"],"additionalProperties":false},"minItems":1,"maxItems":3},"final_answer":{"type":"string","maxLength":15}},"required":["steps","final_answer"],"additionalProperties":false}
    {"type":"object","properties":{"entities":{"type":"array","items":{"type":"object","properties":{"text":{"type":"string","maxLength":10},"type":{"type":"string","enum":["PER","ORG","LOC"]},"start":{"type":"integer","minimum":0,"maximum":500},"end":{"type":"integer","minimum":0,"maximum":500}},"required":["text","type","start","end"],"additionalProperties":false},"maxItems":3}},"required":["entities"],"additionalProperties":false}
    {"type":"object","properties":{"rows":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer","minimum":1,"maximum":99},"cells":{"type":"array","items":{"type":"string","maxLength":4},"minItems":3,"maxItems":3}},"required":["id","cells"],"additionalProperties":false},"maxItems":2}},"required":["rows"],"additionalProperties":false}
    {"type":"object","properties":{"choices":{"type":"array","items":{"type":"object","properties":{"label":{"type":"string","pattern":"^[A-D]$"},"text":{"type":"string","maxLength":12}},"required":["label","text"],"additionalProperties":false},"minItems":2,"maxItems":4},"correct":{"type":"string","pattern":"^[A-D]$"}},"required":["choices","correct"],"additionalProperties":false}
    {"type":"object","properties":{"ingredients":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string","maxLength":12},"grams":{"type":"integer","minimum":1,"maximum":1000}},"required":["name","grams"],"additionalProperties":false},"minItems":1,"maxItems":4},"minutes":{"type":"integer","minimum":1,"maximum":240}},"required":["ingredients","minutes"],"additionalProperties":false}
    {"type":"object","properties":{"vector":{"type":"array","items":{"type":"number","minimum":-1,"maximum":1},"minItems":4,"maxItems":8}},"required":["vector"],"additionalProperties":false}
    {"type":"object","properties":{"a":{"type":"array","items":{"type":"boolean"},"maxItems":1},"b":{"type":"array","items":{"type":"null"},"maxItems":1},"c":{"type":"array","items":{"type":"integer","minimum":0,"maximum":1},"maxItems":1}},"required":["a"],"additionalProperties":false}
    {"type":"object","properties":{"schedule":{"type":"array","items":{"type":"object","properties":{"day":{"type":"string","format":"date"},"slots":{"type":"array","items":{"type":"string","format":"time"},"maxItems":2}},"required":["day","slots"],"additionalProperties":false},"maxItems":2}},"required":["schedule"],"additionalProperties":false}
    """#
}
