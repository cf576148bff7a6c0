package import JSON

extension FinetuneParameters {
  static let loraParameters: [ParameterDescription] = [
    parameter(
      "r",
      aliases: ["lora_r", "lora_rank"],
      FinetuneSchema.integer(from: 1, to: 4096),
      "The rank of a LoRA adapter, 8 to 64; it chooses LoRA. Without it, peft_config and adapter all weights learn."
    ),
    parameter(
      "lora_alpha",
      FinetuneSchema.number(above: 0, upTo: 65_536),
      defaultValue: 8,
      "The adapter counts lora_alpha / r times."
    ),
    parameter(
      "lora_dropout",
      ["type": "number", "minimum": 0, "maximum": 0.999, "description": "a number of at least 0 and below 1"],
      defaultValue: 0.0,
      "The share of its input that the adapter does not see in a step."
    ),
    parameter(
      "target_modules",
      aliases: ["lora_target_modules"],
      [
        "type": ["string", "array"], "minLength": 1, "maxLength": 1000, "minItems": 1, "maxItems": 1000,
        "items": FinetuneSchema.reference,
        "description": "\"all-linear\", a regular expression for whole names, or a list of 1 to 1000 ends of names",
      ],
      """
      The layers that get one: a list of names' ends, a regular expression for whole names, or all-linear. Without it \
      those that PEFT has for the type of model.
      """
    ),
    parameter(
      "use_rslora",
      FinetuneSchema.anyBoolean,
      defaultValue: false,
      "Counts it lora_alpha / √r times, which suits high ranks."
    ),
    parameter(
      "modules_to_save",
      aliases: ["lora_modules_to_save"],
      ["type": "array", "maxItems": 100, "items": FinetuneSchema.reference],
      "Modules that learn as a whole beside the adapter and are kept with it."
    ),
    parameter(
      "rank_pattern",
      [
        "type": "object", "additionalProperties": FinetuneSchema.integer(from: 1, to: 4096),
        "description": "an object of ranks from 1 to 4096, by regular expressions for the ends of names",
      ],
      """
      Other ranks for some layers: {"v_proj": 16}, or by a regular expression for the end of a name. Of several that match \
      the first of the alphabet counts.
      """
    ),
    parameter(
      "alpha_pattern",
      [
        "type": "object", "additionalProperties": FinetuneSchema.number(above: 0, upTo: 65_536),
        "description": "an object of numbers above 0, by regular expressions for the ends of names",
      ],
      "Another lora_alpha for some layers, as rank_pattern has it."
    ),
    parameter(
      "layers_to_transform",
      [
        "type": ["integer", "array"], "minimum": 0, "maximum": FinetuneSchema.largest, "maxItems": 1000,
        "items": FinetuneSchema.integer(from: 0), "description": "the number of a layer, from 0, or a list of them",
      ],
      "The layers, by their numbers from 0, that get an adapter; without it all of them."
    ),
    parameter(
      "layers_pattern",
      [
        "type": ["string", "array"], "minLength": 1, "maxLength": 200, "maxItems": 100,
        "items": FinetuneSchema.reference, "description": "the name before the numbers of layers, or a list of them",
      ],
      "What stands before the numbers of layers in names, as layers or h; without it whatever does."
    ),
    parameter(
      "adapter",
      FinetuneSchema.reference,
      "An adapter of the model that goes on to learn, with the rank and the layers it has; the result is another one."
    ),
    parameter(
      LoRAObject.name,
      aliases: LoRAObject.aliases,
      ["type": "object"],
      "The parameters of LoRA as an object of their own, as PEFT's LoraConfig writes it; {} is LoRA with its defaults."
    ),
  ]

  /// Without nulls, which configurations written by Python are full of, but for the one that says something.
  package static func flattened(_ members: JSONObject) throws(ParameterRefusal) -> JSONObject {
    let flat = try LoRAObject.flattened(members)
    return JSONObject(uniqueKeysWithValues: flat.lazy.filter { !$1.isNull || $0 == "max_length" }.map { ($0, $1) })
  }
}

/// LoRA's parameters in an object of their own; as `quern.flattened_finetune`.
enum LoRAObject {
  static let name = "peft_config"
  static let aliases = ["lora", "lora_config"]

  static func flattened(_ members: JSONObject) throws(ParameterRefusal) -> JSONObject {
    var flat = members
    for name in [name] + aliases {
      guard let value = flat.removeValue(forKey: name), !value.isNull else { continue }
      guard let object = value.object else {
        throw ParameterRefusal(
          "invalid_value",
          name,
          "\"\(name)\" must be an object of LoRA's parameters, like {\"r\": 8, \"lora_alpha\": 16}"
        )
      }
      for (key, member) in object {
        guard flat.updateValue(member, forKey: key) == nil else {
          throw ParameterRefusal("invalid_value", key, "\"\(key)\" is given twice, also in \"\(name)\"; leave one out")
        }
      }
      let isChosen = ["r", "lora_r", "lora_rank", "adapter"].contains { flat[$0].map { !$0.isNull } ?? false }
      if !isChosen { flat["r"] = 8 }
    }
    return flat
  }
}
