package import JSON

/// What is said once, when a run starts, about a parameter that was given and does not do what it may look like.
package struct FinetuneRemark: Sendable, Hashable {
  package let name: String
  /// A clause: why it has no effect, or what it means here.
  package let reason: String

}

extension FinetuneParameters {
  /// The remarks on the stored parameters of a job, in their order; refused ones that ask for nothing need none.
  package static func remarks(on parameters: JSONValue) -> [FinetuneRemark] {
    guard let members = parameters.object else { return [] }
    return members.compactMap { name, value -> FinetuneRemark? in
      if value.isNull { return nil }
      if let reason = impliedReasons[name] { return FinetuneRemark(name: name, reason: reason) }
      return reason(for: name, members).map { FinetuneRemark(name: name, reason: $0) }
    }
  }

  private static let impliedReasons: [String: String] = Dictionary(
    uniqueKeysWithValues: table.compactMap { row in
      if case .implied(let reason) = row.standing { (row.name, reason) } else { nil }
    }
  )

  /// Where one honoured parameter goes before another.
  private static func reason(for name: String, _ members: JSONObject) -> String? {
    switch name {
    case "fp16" where members[name] == true:
      "products are bf16, which needs no scaling of the loss"
    case "num_train_epochs" where (members["max_steps"]?.integer ?? -1) > 0:
      "max_steps says how long the run is"
    case "warmup_ratio" where (members["warmup_steps"]?.double ?? 0) > 0:
      "warmup_steps goes before it"
    case "warmup_steps" where members["lr_scheduler_type"] == "constant" && (members[name]?.double ?? 0) > 0,
      "warmup_ratio" where members["lr_scheduler_type"] == "constant" && (members[name]?.double ?? 0) > 0:
      "the schedule constant has no warm-up; constant_with_warmup has"
    case "eval_dataset", "eval_split":
      members["eval_strategy"]?.string ?? "no" == "no" && members["eval_on_start"] != true
        ? "eval_strategy is no: nothing is evaluated" : nil
    case "output_dir" where members["name"]?.string != nil:
      "nothing is written there; name says what the result is called"
    case "output_dir":
      "nothing is written there; its last part says what the result is called"
    default: nil
    }
  }
}

extension FinetuneRemark {
  /// All remarks in one text, of no more characters than an event takes.
  package static func message(_ remarks: [FinetuneRemark]) -> String {
    let text = remarks.map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
    return text.count <= longestMessage ? text : text.prefix(longestMessage - 1) + "…"
  }

  /// As `quern.record_notes` takes it.
  private static let longestMessage = 2000
}
