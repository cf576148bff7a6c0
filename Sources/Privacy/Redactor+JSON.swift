import JSON

extension Redactor {
  /// The value with the strings, the keys and the whole numbers in it redacted; the member of a secret's name
  /// (`"password"`) loses its value whatever it looks like.
  func replacing(in json: JSONValue, counts: inout [EntityType: Int]) -> JSONValue {
    switch json {
    case .string(let text):
      .string(replace(text, &counts))
    case .integer(let number):
      replace(number, &counts)
    case .array(let elements):
      .array(elements.map { replacing(in: $0, counts: &counts) })
    case .object(let members):
      .object(replacing(in: members, counts: &counts))
    case .null, .bool, .number:
      json
    }
  }

  private func replacing(in members: JSONObject, counts: inout [EntityType: Int]) -> JSONObject {
    var result = JSONObject()
    for (key, value) in members {
      let name = uniqueKey(replace(key, &counts), in: result)
      result[name] = isSecret(value, named: key) ? secret(&counts) : replacing(in: value, counts: &counts)
    }
    return result
  }

  private func isSecret(_ value: JSONValue, named key: String) -> Bool {
    guard policy.types.contains(.assignedSecret), AssignmentDetector.isSecretName(key) else { return false }
    if case .string(let text) = value { return !text.isEmpty }
    return false
  }

  private func secret(_ counts: inout [EntityType: Int]) -> JSONValue {
    counts[.assignedSecret, default: 0] += 1
    return .string(EntityType.assignedSecret.placeholder)
  }

  private func replace(_ text: String, _ counts: inout [EntityType: Int]) -> String {
    let replaced = replacing(in: text)
    counts.merge(replaced.counts) { $0 + $1 }
    return replaced.text
  }

  /// A telephone number may come as a JSON number; once redacted it is a string.
  private func replace(_ number: Int64, _ counts: inout [EntityType: Int]) -> JSONValue {
    guard number.magnitude > 999_999 else { return .integer(number) }
    let digits = String(number)
    let replaced = replace(digits, &counts)
    return replaced == digits ? .integer(number) : .string(replaced)
  }

  /// Two keys may become the same placeholder; the second is numbered, so that no member is lost.
  private func uniqueKey(_ key: String, in members: JSONObject) -> String {
    guard members[key] != nil else { return key }
    var number = 2
    while members["\(key)#\(number)"] != nil { number += 1 }
    return "\(key)#\(number)"
  }
}
