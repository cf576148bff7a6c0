import JSON

extension EmbedParameters {
  /// The single source of the rows of `quern.parameter` for this kind.
  package static let descriptions: [ParameterDescription] = [
    parameter(
      "model",
      ["type": "string", "minLength": 1, "maxLength": 200],
      required: true,
      "The model: name@version, or a name for its newest version at submission. base+adapter is a model with an adapter of it, and so is the adapter's name alone."
    ),
    parameter(
      "input",
      [
        "type": ["string", "array"], "minItems": 1, "maxItems": 32768, "minimum": 0, "maximum": 2_147_483_647,
        "items": [
          "type": ["string", "integer", "array"], "minimum": 0, "maximum": 2_147_483_647, "minItems": 1,
          "items": ParameterDescription.tokenID,
        ],
      ],
      required: true,
      "A text or its token ids, or an array of either."
    ),
    parameter(
      "pooling",
      ["type": "string", "enum": ["mean", "cls", "last"]],
      "What of the tokens' vectors is the text's: their mean, the first or the last. Without it the model's own way."
    ),
    parameter(
      "normalize",
      ["type": "boolean"],
      defaultValue: true,
      "Scales the vector to length 1."
    ),
    parameter(
      "dimensions",
      ["type": "integer", "minimum": 1, "maximum": 2_147_483_647],
      "Keeps so many first dimensions, for models trained to allow it; before normalize."
    ),
    parameter(
      "encoding_format",
      ["type": "string", "enum": ["float", "base64"]],
      defaultValue: "float",
      "How vectors are written: as numbers, or as base64 of little-endian 32-bit floats."
    ),
    weightPrecisionDescription,
    parameter(
      "user",
      ["type": "string", "maxLength": 128],
      "A label of yours for who asks; it stays with the job and changes no result."
    ),
  ]
}

extension EmbedParameters {
  package static let rules: [ParameterRule] = [
    ParameterRule(
      kind,
      "input",
      requirement: """
        CASE jsonb_typeof(p -> 'input') WHEN 'array' THEN \
        (SELECT count(DISTINCT jsonb_typeof(e)) = 1 FROM jsonb_array_elements(p -> 'input') AS e) ELSE true END
        """,
      message: "\"input\" must hold only texts, only token ids, or only arrays of token ids"
    ) { members in
      guard let elements = members["input"]?.array else { return true }
      return Set(elements.map { $0.integer != nil ? "number" : $0.typeName }).count == 1
    }
  ]
}
