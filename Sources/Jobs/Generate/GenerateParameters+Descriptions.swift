import JSON

extension GenerateParameters {
  /// The single source of the rows of `quern.parameter` for this kind.
  package static let descriptions: [ParameterDescription] =
    promptDescriptions + conversationDescriptions + samplingDescriptions + endDescriptions + outputDescriptions
    + [weightPrecisionDescription, contextPrecisionDescription] + refusedDescriptions

  package static let alternatives = ["prompt", "prompt_tokens", "messages"]

  private static let message: JSONValue = [
    "type": "object", "required": ["role"],
    "properties": [
      "role": ["type": "string", "minLength": 1],
      "content": [
        "type": ["string", "array", "null"],
        "items": [
          "type": "object", "required": ["type", "text"],
          "properties": ["type": ["type": "string", "enum": ["text"]], "text": ["type": "string"]],
        ],
      ],
    ],
  ]

  private static let promptDescriptions: [ParameterDescription] = [
    parameter(
      "model",
      ["type": "string", "minLength": 1, "maxLength": 200],
      required: true,
      "The model: name@version, or a name for its newest version at submission. base+adapter is a model with an adapter of it, and so is the adapter's name alone."
    ),
    parameter(
      "prompt",
      ["type": ["string", "array"], "minItems": 1, "items": ParameterDescription.tokenID],
      "The text to continue, or its token ids."
    ),
    parameter(
      "prompt_tokens",
      ["type": "array", "minItems": 1, "items": ParameterDescription.tokenID],
      "The prompt as token ids, instead of prompt."
    ),
    parameter(
      "user",
      ["type": "string", "maxLength": 128],
      "A label of yours for who asks; it stays with the job and changes no result."
    ),
  ]

  private static let conversationDescriptions: [ParameterDescription] = [
    parameter(
      "messages",
      ["type": "array", "minItems": 1, "items": message],
      "A conversation to answer, instead of a prompt: the model's chat template makes the prompt. Parts of a content are texts; they are joined by line feeds."
    ),
    parameter(
      "tools",
      ["type": "array", "items": ["type": "object"]],
      "Tools that the chat template tells the model of; calls come as text of the answer."
    ),
    parameter(
      "documents",
      ["type": "array", "items": ["type": "object"]],
      "Documents for the chat template."
    ),
    parameter(
      "chat_template_kwargs",
      ["type": "object"],
      "Further variables for the chat template."
    ),
    parameter(
      "add_generation_prompt",
      ["type": "boolean"],
      defaultValue: true,
      "Ends the prompt of a conversation with the beginning of an answer."
    ),
  ]

  private static let samplingDescriptions: [ParameterDescription] = [
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
      "min_p",
      ["type": "number", "minimum": 0, "maximum": 1],
      defaultValue: 0,
      "Samples among tokens at least this many times as likely as the likeliest."
    ),
    parameter(
      "repetition_penalty",
      ["type": "number", "exclusiveMinimum": 0, "maximum": 100],
      defaultValue: 1,
      "Divides positive logits of tokens in prompt or answer and multiplies negative ones."
    ),
    parameter(
      "frequency_penalty",
      ["type": "number", "minimum": -2, "maximum": 2],
      defaultValue: 0,
      "Is subtracted from a token's logit for each time it is in the answer."
    ),
    parameter(
      "presence_penalty",
      ["type": "number", "minimum": -2, "maximum": 2],
      defaultValue: 0,
      "Is subtracted once from the logits of tokens in the answer."
    ),
    parameter(
      "logit_bias",
      [
        "type": "object", "propertyNames": ["pattern": "^[0-9]{1,9}$"],
        "additionalProperties": ["type": "number", "minimum": -100, "maximum": 100],
      ],
      "Numbers added to the logits of tokens, by token id."
    ),
    parameter(
      "seed",
      ["type": "integer", "minimum": 0, "maximum": 9_223_372_036_854_775_807],
      "The seed of the sampler; without it each job draws its own, which its result names."
    ),
  ]

  private static let endDescriptions: [ParameterDescription] = [
    parameter(
      "max_tokens",
      aliases: ["max_new_tokens", "max_completion_tokens"],
      ["type": "integer", "minimum": 1, "maximum": 2_147_483_647],
      defaultValue: 128,
      "The most tokens to generate."
    ),
    parameter(
      "min_tokens",
      ["type": "integer", "minimum": 0, "maximum": 2_147_483_647],
      defaultValue: 0,
      "Before so many tokens nothing but the context ends an answer; at most max_tokens."
    ),
    parameter(
      "stop",
      ["type": ["string", "array"], "minLength": 1, "maxItems": 4, "items": ["type": "string", "minLength": 1]],
      "A text, or up to four, at which generation ends; it is not returned."
    ),
    parameter(
      "stop_token_ids",
      ["type": "array", "maxItems": 64, "items": ParameterDescription.tokenID],
      "Token ids at which generation ends, besides those of the model."
    ),
    parameter(
      "include_stop_str_in_output",
      ["type": "boolean"],
      defaultValue: false,
      "Returns the stop text after all."
    ),
    parameter(
      "ignore_eos",
      ["type": "boolean"],
      defaultValue: false,
      "Goes on after the end-of-text token, up to max_tokens."
    ),
  ]

  private static let outputDescriptions: [ParameterDescription] = [
    parameter(
      "n",
      ["type": "integer", "minimum": 1, "maximum": 128],
      defaultValue: 1,
      "How many answers: each draws from a random stream of its own."
    ),
    parameter(
      "logprobs",
      ["type": ["integer", "boolean"], "minimum": 0, "maximum": 5],
      "Log-probabilities of the answer's tokens before any setting of sampling: with a prompt how many likeliest tokens come along, with messages true."
    ),
    parameter(
      "top_logprobs",
      ["type": "integer", "minimum": 0, "maximum": 20],
      "With messages and logprobs: how many likeliest tokens come along."
    ),
    parameter(
      "echo",
      ["type": "boolean"],
      defaultValue: false,
      "Returns the prompt before the answer, and with logprobs those of its tokens."
    ),
    parameter(
      "return_token_ids",
      ["type": "boolean"],
      defaultValue: false,
      "Returns the token ids of prompt and answer."
    ),
    parameter(
      "response_format",
      [
        "type": "object", "required": ["type"],
        "properties": [
          "type": ["type": "string", "enum": ["text", "json_object", "json_schema", "regex"]],
          "json_schema": ["type": "object"], "regex": ["type": "string", "minLength": 1, "maxLength": 10_000],
        ],
      ],
      "The form of the answer: {\"type\": \"json_object\"}, \"json_schema\" with json_schema.schema, or \"regex\" with regex."
    ),
  ]

  /// Of OpenAI's parameters that do not exist here: what is given by clients that always send them, or a reason.
  private static let refusedDescriptions: [ParameterDescription] = [
    parameter(
      "best_of",
      ["type": "integer", "enum": [1], "description": "1: ask for n answers with logprobs and choose yourself"],
      "Only 1: answers are not ranked here."
    ),
    parameter(
      "suffix",
      ["type": "null", "description": "left out: text is continued, not filled in; put what follows into the prompt"],
      "Not available."
    ),
    parameter(
      "stream",
      [
        "type": "boolean", "enum": [false],
        "description": "false: a job's result is stored whole; wait for it with quern.wait",
      ],
      "Only false: a result is stored whole."
    ),
    parameter(
      "stream_options",
      ["type": "null", "description": "left out: a job's result is stored whole"],
      "Not available."
    ),
  ]
}
