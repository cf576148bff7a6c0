package import JSON

/// What the database would answer to parameters that do not fit: its code, its parameter, a sentence with the way out.
package struct ParameterRefusal: Error, Sendable, Hashable {
  /// `invalid_value`, `unknown_parameter` or `missing_parameter`.
  package let code: String
  package let param: String?
  /// Never repeats a value.
  package let message: String

  init(_ code: String, _ param: String?, _ message: String) {
    self.code = code
    self.param = param
    self.message = message
  }
}

/// Checks parameters as `quern.submit` does, where there is no database to ask.
package struct ParameterCheck<Parameters: JobParameters> {
  package init() {}

  /// The parameters under their own names instead of aliases.
  package func accepted(_ json: JSONValue) throws(ParameterRefusal) -> Parameters {
    guard let given = json.object else {
      throw ParameterRefusal("invalid_value", "parameters", "parameters must be a JSON object")
    }
    let members = try canonicalNames(Parameters.flattened(given))
    try checkNames(members)
    try checkValues(members)
    try checkAlternatives(members)
    for rule in Parameters.rules where !rule.isMet(members) {
      throw ParameterRefusal("invalid_value", rule.name, rule.message)
    }
    do throws(JobBodyError) { return try Parameters(json: .object(members)) } catch {
      throw ParameterRefusal("invalid_value", error.path, error.description)
    }
  }

  private func canonicalNames(_ given: JSONObject) throws(ParameterRefusal) -> JSONObject {
    var members = given
    for description in Parameters.descriptions {
      for alias in description.aliases {
        guard let value = members.removeValue(forKey: alias) else { continue }
        guard members.updateValue(value, forKey: description.name) == nil else {
          throw ParameterRefusal(
            "invalid_value",
            description.name,
            "\"\(alias)\" is another name of \"\(description.name)\": give one of them"
          )
        }
      }
    }
    return members
  }

  private func checkNames(_ members: JSONObject) throws(ParameterRefusal) {
    let names = Parameters.descriptions.map(\.name)
    let unknown = members.keys.filter { !names.contains($0) }.min()
    if let unknown {
      throw ParameterRefusal(
        "unknown_parameter",
        unknown,
        "the kind \"\(Parameters.kind)\" has no parameter \"\(unknown)\"; \(Self.suggestion(for: unknown, names))"
      )
    }
    let required = Parameters.descriptions.filter(\.required).sorted { $0.name < $1.name }
    if let missing = required.first(where: { members[$0.name] == nil }) {
      throw ParameterRefusal(
        "missing_parameter",
        missing.name,
        "the kind \"\(Parameters.kind)\" needs the parameter \"\(missing.name)\": give \(ParameterSchema(missing.schema).words)"
      )
    }
    let alternatives = Parameters.alternatives
    if !alternatives.isEmpty, alternatives.allSatisfy({ members[$0] == nil }) {
      throw ParameterRefusal(
        "missing_parameter",
        alternatives[0],
        "the kind \"\(Parameters.kind)\" needs one of the parameters \(alternatives.joined(separator: ", ")); add it"
      )
    }
  }

  private func checkValues(_ members: JSONObject) throws(ParameterRefusal) {
    for description in Parameters.descriptions.sorted(by: { $0.name < $1.name }) {
      guard let value = members[description.name] else { continue }
      let schema = ParameterSchema(description.schema)
      guard schema.fits(value) else {
        throw ParameterRefusal("invalid_value", description.name, "\"\(description.name)\" must be \(schema.words)")
      }
    }
  }

  private func checkAlternatives(_ members: JSONObject) throws(ParameterRefusal) {
    let alternatives = Parameters.alternatives
    guard alternatives.filter({ members[$0] != nil }).count > 1 else { return }
    throw ParameterRefusal(
      "invalid_value",
      alternatives[0],
      "the kind \"\(Parameters.kind)\" takes only one of the parameters \(alternatives.joined(separator: ", ")); leave the others out"
    )
  }

  /// More names than this are no help in a sentence; as `quern.suggestion`.
  private static var longestList: Int { 40 }

  private static func suggestion(for name: String, _ names: [String]) -> String {
    let nearest = names.map { ($0, EditDistance.between(name, $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let nearest, nearest.1 <= max(2, nearest.0.count / 3) else {
      if names.count > longestList { return "none of the \(names.count) there are is spelled like it" }
      return "there are: " + names.sorted().joined(separator: ", ")
    }
    return "did you mean \"\(nearest.0)\"?"
  }
}
