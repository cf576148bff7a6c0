import JSON

/// A row of alpaca: rounds of a prompt and an answer. `history` has the earlier ones; their answers are learned too, as
/// LLaMA-Factory does.
struct AlpacaColumns {
  let system: String?
  let rounds: [(prompt: String, answer: String)]

  init(_ row: DatasetRow) throws(DatasetError) {
    let system = try row.optionalString("system")
    self.system = system?.isEmpty == false ? system : nil
    let instruction = try row.string("instruction")
    let input = try row.optionalString("input") ?? ""
    rounds =
      try Self.history(row) + [
        (
          prompt: input.isEmpty ? instruction : instruction.isEmpty ? input : instruction + "\n" + input,
          answer: try row.string("output")
        )
      ]
  }

  private static func history(_ row: DatasetRow) throws(DatasetError) -> [(prompt: String, answer: String)] {
    guard try row.optionalJSON("history") != nil else { return [] }
    let elements = try row.list("history")
    guard elements.count * 2 < Conversation.messageLimit else {
      throw row.invalid("history", "has \(elements.count) rounds; keep fewer than \(Conversation.messageLimit / 2)")
    }
    var rounds: [(prompt: String, answer: String)] = []
    for (index, element) in elements.enumerated() {
      guard let pair = element.array, pair.count == 2, let prompt = pair[0].string, let answer = pair[1].string else {
        throw row.invalid("history[\(index)]", "is not a list of a question and its answer")
      }
      rounds.append((prompt, answer))
    }
    return rounds
  }

  var conversation: Conversation {
    var messages: [JSONValue] = system.map { [["role": "system", "content": .string($0)]] } ?? []
    for round in rounds {
      messages.append(["role": "user", "content": .string(round.prompt)])
      messages.append(["role": "assistant", "content": .string(round.answer)])
    }
    return Conversation(messages: messages)
  }
}
