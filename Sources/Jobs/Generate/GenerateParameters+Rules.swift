import JSON

extension GenerateParameters {
  package static let rules: [ParameterRule] = conversationRules + logprobRules + endRules + formatRules

  private static let conversationRules: [ParameterRule] =
    ["tools", "documents", "chat_template_kwargs", "add_generation_prompt", "top_logprobs"].map { name in
      ParameterRule(
        kind,
        name,
        requirement: "NOT p ? '\(name)' OR p ? 'messages'",
        message: "\"\(name)\" belongs to messages; give those instead of a prompt, or leave it out"
      ) { $0[name] == nil || $0["messages"] != nil }
    } + [
      ParameterRule(
        kind,
        "echo",
        requirement: "NOT p ? 'messages' OR (p -> 'echo') IS DISTINCT FROM 'true'",
        message: "\"echo\" returns a prompt, which messages are not; leave it out"
      ) { $0["messages"] == nil || $0["echo"] != true }
    ]

  private static let logprobRules: [ParameterRule] = [
    ParameterRule(
      kind,
      "logprobs",
      requirement:
        "NOT p ? 'logprobs' OR jsonb_typeof(p -> 'logprobs') = CASE WHEN p ? 'messages' THEN 'boolean' ELSE 'number' END",
      message:
        "\"logprobs\" is true or false with messages, and with a prompt how many likeliest tokens come along: 0 to 5"
    ) { members in
      guard let value = members["logprobs"] else { return true }
      return (value.bool == nil) == (members["messages"] == nil)
    },
    ParameterRule(
      kind,
      "top_logprobs",
      requirement: "NOT p ? 'top_logprobs' OR p -> 'logprobs' = 'true'",
      message: "\"top_logprobs\" needs \"logprobs\" to be true"
    ) { $0["top_logprobs"] == nil || $0["logprobs"] == true },
  ]

  private static let endRules: [ParameterRule] = [
    ParameterRule(
      kind,
      "min_tokens",
      requirement: "coalesce((p ->> 'min_tokens')::numeric, 0) <= coalesce((p ->> 'max_tokens')::numeric, 128)",
      message: "\"min_tokens\" must be at most max_tokens, which is 128 if left out"
    ) { ($0["min_tokens"]?.double ?? 0) <= ($0["max_tokens"]?.double ?? 128) },
    ParameterRule(
      kind,
      "n",
      requirement:
        "coalesce((p ->> 'n')::numeric, 1) = 1 OR coalesce((p ->> 'temperature')::numeric, 1) >= 0.00001",
      message: "\"n\" must be 1 at temperature 0: all answers would be the same"
    ) { ($0["n"]?.double ?? 1) == 1 || ($0["temperature"]?.double ?? 1) >= 0.00001 },
  ]

  private static let formatRules: [ParameterRule] = [
    ParameterRule(
      kind,
      "response_format",
      requirement: """
        p #>> '{response_format,type}' IS DISTINCT FROM 'json_schema' \
        OR jsonb_typeof(p #> '{response_format,json_schema,schema}') = 'object'
        """,
      message: "\"response_format\" of type json_schema needs a schema at json_schema.schema"
    ) {
      $0["response_format"]?["type"] != "json_schema"
        || $0["response_format"]?["json_schema"]?["schema"]?.object != nil
    },
    ParameterRule(
      kind,
      "response_format",
      requirement: "p #>> '{response_format,type}' IS DISTINCT FROM 'regex' OR p -> 'response_format' ? 'regex'",
      message: "\"response_format\" of type regex needs an expression at regex"
    ) { $0["response_format"]?["type"] != "regex" || $0["response_format"]?["regex"] != nil },
    ParameterRule(
      kind,
      "ignore_eos",
      requirement:
        "(p -> 'ignore_eos') IS DISTINCT FROM 'true' OR coalesce(p #>> '{response_format,type}', 'text') = 'text'",
      message: "\"ignore_eos\" cannot go on after a response_format is complete; leave one of them out"
    ) { $0["ignore_eos"] != true || ($0["response_format"]?["type"] ?? "text") == "text" },
  ]
}
