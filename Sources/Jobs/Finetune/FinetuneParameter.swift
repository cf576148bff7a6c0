import JSON

/// One row of the table of everything that TrainingArguments, LoraConfig and SFTConfig know: what it means here.
package struct FinetuneParameter: Sendable, Hashable {
  package enum Standing: Sendable, Hashable {
    /// Does what it says there.
    case honoured
    /// Accepted without effect, because what it asks for is how Quern works, or is of no concern to it: why.
    case implied(String)
    /// Only values that ask for nothing are accepted: why, and what to do instead.
    case refused(String)
  }

  package let description: ParameterDescription
  package let standing: Standing

  package var name: String { description.name }
}

extension FinetuneParameters {
  /// The three lists, one after the other.
  package static let table: [FinetuneParameter] = honoured + implied + refused

  /// The single source of the rows of `quern.parameter` for this kind.
  package static let descriptions = table.map(\.description)

  static let honoured: [FinetuneParameter] =
    (modelParameters + rowParameters + batchParameters + optimizerParameters + scheduleParameters
    + evaluationParameters + savingParameters + loggingParameters + loraParameters).map {
      FinetuneParameter(description: $0, standing: .honoured)
    }

  static func implied(
    _ name: String,
    aliases: [String] = [],
    _ schema: JSONValue,
    because reason: String
  ) -> FinetuneParameter {
    FinetuneParameter(
      description: parameter(name, aliases: aliases, schema, "Accepted without effect: \(reason)."),
      standing: .implied(reason)
    )
  }

  /// - Parameter neutral: the values besides null that ask for nothing, as configurations written by Python hold them.
  static func refused(
    _ name: String,
    aliases: [String] = [],
    unless neutral: [JSONValue] = [],
    because reason: String
  ) -> FinetuneParameter {
    let values = neutral + [.null]
    var types: [JSONValue] = []
    for value in values where !types.contains(.string(value.typeName)) { types.append(.string(value.typeName)) }
    let words = (["left out"] + neutral.map(\.text)).joined(separator: " or ")
    return FinetuneParameter(
      description: parameter(
        name,
        aliases: aliases,
        ["type": .array(types), "enum": .array(values), "description": .string("\(words): \(reason)")],
        "Not available: \(reason)."
      ),
      standing: .refused(reason)
    )
  }
}
