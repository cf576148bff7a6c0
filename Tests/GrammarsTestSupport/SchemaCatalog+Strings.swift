extension SchemaCatalog {
  /// Values, formats and patterns.
  static let strings = #"""
    {"type":"string","enum":["red","green","blue"]}
    {"type":"string","enum":["a"]}
    {"type":"string","enum":["","x"]}
    {"type":"string","enum":["naïve","日本語","🎉"]}
    {"type":"string","enum":["line\nbreak","tab\t","quote\"","back\\slash"]}
    {"enum":[1,2,3]}
    {"enum":[1.5,-2,"x",null,true]}
    {"const":"fixed"}
    {"const":42}
    {"const":{"a":[1,2,{"b":null}]}}
    {"enum":[["x","y"],["z"]]}
    {"type":"integer","enum":[1,"one",2]}
    {"const":"é\u2028\u0007"}
    {"type":"string","format":"date-time"}
    {"type":"string","format":"date"}
    {"type":"string","format":"time"}
    {"type":"string","format":"duration"}
    {"type":"string","format":"email"}
    {"type":"string","format":"hostname"}
    {"type":"string","format":"ipv4"}
    {"type":"string","format":"ipv6"}
    {"type":"string","format":"uuid"}
    {"type":"string","format":"email","maxLength":20}
    {"type":"string","format":"hostname","minLength":3,"maxLength":12}
    {"type":"string","pattern":"^[a-z]{3,8}$"}
    {"type":"string","pattern":"^@[a-zA-Z0-9_]{1,15}$"}
    {"type":"string","pattern":"^\\d{3}-\\d{4}$"}
    {"type":"string","pattern":"^(\\([0-9]{3}\\))?[0-9]{3}-[0-9]{4}$"}
    {"type":"string","pattern":"^#[0-9a-fA-F]{6}$"}
    {"type":"string","pattern":"^[A-Z]{2}\\d{2}( ?\\d{4}){2,4}$"}
    {"type":"string","pattern":"^v\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}(-(alpha|beta|rc)\\.\\d)?$"}
    {"type":"string","pattern":"ab","maxLength":8}
    {"type":"string","pattern":"^x","maxLength":6}
    {"type":"string","pattern":"y$","maxLength":6}
    {"type":"string","pattern":"^.{2,5}$"}
    {"type":"string","pattern":"^[^a-z\"\\\\]{1,6}$"}
    {"type":"string","pattern":"^\\W{1,4}$"}
    {"type":"string","pattern":"^\\D\\S\\W$"}
    {"type":"string","pattern":"^[\\w.]{2,9}$","minLength":4}
    {"type":"string","pattern":"^(yes|no|maybe)$"}
    {"type":"string","pattern":"^[\\u4e00-\\u9fff]{2,4}$"}
    {"type":"string","pattern":"^\\s?\\w{1,5}\\s?$"}
    {"type":"string","pattern":"^(a|b)*$","minLength":2,"maxLength":7}
    {"type":"string","pattern":"^\"[a-z]{0,4}\"$"}
    {"type":"string","pattern":"^[\\n\\t ]{1,3}$"}
    {"type":"string","pattern":"^\\S{1,8}$"}
    {"type":"string","pattern":"^[A-Z][a-z]{1,10}( [A-Z][a-z]{1,10}){0,2}$"}
    {"type":"string","pattern":"^[01]{8}$"}
    {"type":"string","pattern":"[0-9]","maxLength":3}
    {"type":"string","pattern":"^$|^[xyz]{2}$"}
    """#
}
