import JSON

extension GenerateParameters {
  /// The single source of the rows of `quern.parameter` for this kind.
  package static let descriptions: [ParameterDescription] = promptDescriptions + samplingDescriptions + endDescriptions

  private static let tokenID: JSONValue = ["type": "integer", "minimum": 0, "maximum": 2_147_483_647]

  private static let promptDescriptions = [
    parameter(
      "model",
      ["type": "string", "minLength": 1, "maxLength": 200],
      required: true,
      "The model: name@version, or a name for its newest version at submission."
    ),
    parameter("prompt", ["type": "string"], "The text to continue."),
    parameter(
      "prompt_tokens",
      ["type": "array", "minItems": 1, "items": tokenID],
      "The prompt as token ids, instead of a text."
    ),
  ]

  private static let samplingDescriptions = [
    parameter(
      "temperature",
      ["type": "number", "minimum": 0, "maximum": 2],
      defaultValue: 1,
      "Divides the logits before sampling; 0 always takes the likeliest token."
    ),
    parameter(
      "top_k",
      ["type": "integer", "minimum": 0, "maximum": 2_147_483_647],
      defaultValue: 0,
      "Samples among this many likeliest tokens; 0 among all."
    ),
    parameter(
      "top_p",
      ["type": "number", "exclusiveMinimum": 0, "maximum": 1],
      defaultValue: 1,
      "Samples among the likeliest tokens whose probabilities reach this sum."
    ),
    parameter(
      "seed",
      ["type": "integer", "minimum": 0, "maximum": 9_223_372_036_854_775_807],
      "The seed of the sampler; without it each job draws its own, which its result names."
    ),
    parameter(
      "logit_bias",
      [
        "type": "object", "propertyNames": ["pattern": "^[0-9]{1,9}$"],
        "additionalProperties": ["type": "number", "minimum": -100, "maximum": 100],
      ],
      "Numbers added to the logits of tokens, by token id."
    ),
  ]

  private static let endDescriptions = [
    parameter(
      "max_tokens",
      aliases: ["max_new_tokens", "max_completion_tokens"],
      ["type": "integer", "minimum": 1, "maximum": 2_147_483_647],
      defaultValue: 128,
      "The most tokens to generate."
    ),
    parameter(
      "stop",
      ["type": ["string", "array"], "minLength": 1, "maxItems": 4, "items": ["type": "string", "minLength": 1]],
      "A text, or up to four, at which generation ends; it is not returned."
    ),
    parameter(
      "stop_token_ids",
      ["type": "array", "maxItems": 64, "items": tokenID],
      "Token ids at which generation ends, besides those of the model."
    ),
    parameter(
      "ignore_eos",
      ["type": "boolean"],
      defaultValue: false,
      "Goes on after the end-of-text token, up to max_tokens."
    ),
  ]

  private static func parameter(
    _ name: String,
    aliases: [String] = [],
    _ schema: JSONValue,
    required: Bool = false,
    defaultValue: JSONValue? = nil,
    _ description: String
  ) -> ParameterDescription {
    ParameterDescription(
      kind: kind,
      name: name,
      aliases: aliases,
      schema: schema,
      required: required,
      defaultValue: defaultValue,
      description: description
    )
  }
}
