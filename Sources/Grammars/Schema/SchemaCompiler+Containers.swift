internal import JSON

extension SchemaCompiler {
  /// Properties one after another; optional ones may be left out. The comma belongs to the key that follows it.
  mutating func appendObject(_ place: SchemaPlace, from start: Int32, to end: Int32) throws(GrammarError) {
    let (properties, required) = try place.properties()
    var first = try builder.makeState()
    var later = try builder.makeState()
    try builder.connect(start, to: first, reading: SpacedText("{"))
    for (name, schema) in properties {
      let rule = try rule(for: schema, at: place.pointer(to: "properties") + "/" + SchemaPlace.escape(name))
      let value = try builder.makeState()
      let next = try builder.makeState()
      let key = JSONValue.string(name).text + ":"
      try builder.connect(first, to: value, reading: SpacedText(key).space)
      try builder.connect(later, to: value, reading: SpacedText(",").space.text(key).space)
      builder.connect(value, to: next, calling: rule)
      guard !required.contains(name) else {
        // No way leads past a required property.
        (first, later) = (try builder.makeState(), next)
        continue
      }
      let skipped = try builder.makeState()
      builder.connect(first, to: skipped)
      builder.connect(later, to: next)
      (first, later) = (skipped, next)
    }
    try builder.connect(first, to: end, reading: SpacedText("}"))
    try builder.connect(later, to: end, reading: SpacedText("}"))
  }

  /// One copy of the element for each index that minItems and maxItems tell apart.
  mutating func appendArray(_ place: SchemaPlace, from start: Int32, to end: Int32) throws(GrammarError) {
    let (minimum, maximum) = try place.itemCounts()
    guard let items = place.schema["items"] else {
      throw .unsupported(pointer: place.pointer, what: "an array without items", supported: "items: a schema")
    }
    let opened = try builder.makeState()
    try builder.connect(start, to: opened, reading: SpacedText("["))
    if minimum == 0 { try builder.connect(opened, to: end, reading: SpacedText("]")) }
    if maximum == 0 { return }
    let rule = try rule(for: items, at: place.pointer(to: "items"))
    var before = opened
    for count in 1...max(1, maximum ?? minimum) {
      let after = try builder.makeState()
      builder.connect(before, to: after, calling: rule)
      if count >= minimum { try builder.connect(after, to: end, reading: SpacedText("]")) }
      let isLast = count == max(1, maximum ?? minimum)
      if isLast && maximum != nil { break }
      let comma = try builder.makeState()
      try builder.connect(after, to: comma, reading: SpacedText(",").space)
      if isLast { builder.connect(comma, to: after, calling: rule) }
      before = comma
    }
  }
}

extension SchemaPlace {
  /// In the order of documents: where all are required as `required` lists them, because jsonb keeps the order of lists
  /// and not that of members; else as `properties` has them.
  fileprivate func properties() throws(GrammarError) -> ([(name: String, schema: JSONValue)], required: Set<String>) {
    let additional = schema["additionalProperties"]
    guard additional == nil || additional == .bool(false) else {
      throw .unsupported(
        pointer: pointer(to: "additionalProperties"),
        what: "a property without a name in the schema",
        supported: "additionalProperties false, and each property under properties"
      )
    }
    guard let properties = schema["properties"] ?? additional.map({ _ in .object([:]) }) else {
      throw .unsupported(
        pointer: pointer,
        what: "an object of any properties",
        supported: "properties with additionalProperties false; the response format json_object for any object"
      )
    }
    guard let object = properties.object else {
      throw .malformed(pointer: pointer(to: "properties"), problem: "properties is an object of schemas")
    }
    let names = schema["required"].map { $0.array?.map(\.string) } ?? []
    guard let names else {
      throw .malformed(pointer: pointer(to: "required"), problem: "required is a list of names")
    }
    var required: Set<String> = []
    var ordered: [(name: String, schema: JSONValue)] = []
    for (index, name) in names.enumerated() {
      guard let name, let schema = object[name] else {
        throw .unsatisfiable(
          pointer: "\(pointer(to: "required"))/\(index)",
          problem: "a required name is not among the properties"
        )
      }
      if required.insert(name).inserted { ordered.append((name, schema)) }
    }
    if required.count < object.count { ordered = object.map { ($0.key, $0.value) } }
    return (ordered, required)
  }

  fileprivate func itemCounts() throws(GrammarError) -> (minimum: Int, maximum: Int?) {
    let minimum = try count("minItems") ?? 0
    let maximum = try count("maxItems")
    for (keyword, count) in [("minItems", minimum), ("maxItems", maximum ?? 0)] where count > Limits.arrayItems {
      throw .tooLarge(pointer: pointer(to: keyword), what: "\(keyword) is \(count)", limit: Limits.arrayItems)
    }
    if let maximum, maximum < minimum {
      throw .unsatisfiable(pointer: pointer(to: "maxItems"), problem: "maxItems is below minItems")
    }
    return (minimum, maximum)
  }
}
