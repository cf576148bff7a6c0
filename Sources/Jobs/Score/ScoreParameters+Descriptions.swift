import JSON

extension ScoreParameters {
  /// The single source of the rows of `quern.parameter` for this kind.
  package static let descriptions: [ParameterDescription] = [
    parameter(
      "model",
      ["type": "string", "minLength": 1, "maxLength": 200],
      required: true,
      "The model: name@version, or a name for its newest version at submission. base+adapter is a model with an adapter of it, and so is the adapter's name alone."
    ),
    parameter(
      "prompt",
      ["type": ["string", "array"], "minItems": 1, "items": ParameterDescription.tokenID],
      required: true,
      "What the choices continue: a text or its token ids."
    ),
    parameter(
      "choices",
      [
        "type": "array", "minItems": 1, "maxItems": 1000,
        "items": ["type": ["string", "array"], "minLength": 1, "minItems": 1, "items": ParameterDescription.tokenID],
      ],
      required: true,
      "The continuations: texts, with the space before them if one belongs there, or token ids."
    ),
    parameter(
      "normalization",
      ["type": "string", "enum": ["none", "tokens", "bytes"]],
      defaultValue: "none",
      "What best and rank go by: the sum of a choice's log-probabilities, or that divided by its tokens or bytes."
    ),
    weightPrecisionDescription, contextPrecisionDescription,
    parameter(
      "user",
      ["type": "string", "maxLength": 128],
      "A label of yours for who asks; it stays with the job and changes no result."
    ),
  ]
}
