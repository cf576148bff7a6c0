import FoundationEssentials
package import JSON

/// The parameters of one kind of job, as `quern.job.parameters` holds them.
package protocol JobParameters: Codable, Sendable, Hashable {
  static var kind: String { get }
  static var descriptions: [ParameterDescription] { get }
  /// Of these parameters exactly one must be given.
  static var alternatives: [String] { get }
  static var rules: [ParameterRule] { get }
  /// The parameters one by one where a kind also takes them as an object of its own, before anything is checked.
  static func flattened(_ members: JSONObject) throws(ParameterRefusal) -> JSONObject
}

extension JobParameters {
  package static var alternatives: [String] { [] }
  package static var rules: [ParameterRule] { [] }
  package static func flattened(_ members: JSONObject) throws(ParameterRefusal) -> JSONObject { members }

  static func parameter(
    _ name: String,
    aliases: [String] = [],
    _ schema: JSONValue,
    required: Bool = false,
    defaultValue: JSONValue? = nil,
    adjustable: Bool = false,
    _ description: String
  ) -> ParameterDescription {
    ParameterDescription(
      kind: kind,
      name: name,
      aliases: aliases,
      schema: schema,
      required: required,
      defaultValue: defaultValue,
      adjustable: adjustable,
      description: description
    )
  }
}

/// A body of a job that is not what its kind says: written by a newer version, or by hand.
package struct JobBodyError: Error, CustomStringConvertible {
  package let kind: String
  /// Where in the body, never what stood there.
  package let path: String

  package var description: String {
    "the \(kind) job's \(path) cannot be read by this version: update the worker, or submit the job again"
  }
}

extension JobParameters {
  /// - Throws: `JobBodyError`, which names the place and not the value.
  package init(json: JSONValue) throws(JobBodyError) {
    self = try JobBody.decode(Self.self, from: json, kind: Self.kind)
  }

  package var json: JSONValue {
    get throws(JobBodyError) { try JobBody.encode(self, kind: Self.kind) }
  }
}

/// Between Codable types and the JSON that PostgreSQL stores.
enum JobBody {
  static func decode<Body: Decodable>(_: Body.Type, from json: JSONValue, kind: String) throws(JobBodyError) -> Body {
    do {
      return try JSONDecoder().decode(Body.self, from: Data(json.text.utf8))
    } catch {
      throw JobBodyError(kind: kind, path: Self.path(of: error))
    }
  }

  static func encode(_ body: some Encodable, kind: String) throws(JobBodyError) -> JSONValue {
    do {
      return try JSONValue(parsing: [UInt8](JSONEncoder().encode(body)))
    } catch {
      throw JobBodyError(kind: kind, path: Self.path(of: error))
    }
  }

  private static func path(of error: any Error) -> String {
    let keys: [any CodingKey] =
      switch error {
      case DecodingError.keyNotFound(let key, let context): context.codingPath + [key]
      case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
        DecodingError.dataCorrupted(let context):
        context.codingPath
      case EncodingError.invalidValue(_, let context): context.codingPath
      default: []
      }
    return keys.isEmpty ? "body" : keys.map(\.stringValue).joined(separator: ".")
  }
}
