import JSON
import Tokenizers

extension ExampleBuilder {
  func text(_ row: DatasetRow) throws(DatasetError) -> LabelledTokens {
    let text = try row.string(options.textColumn ?? "text")
    return endedText(tokenizer.encode(text), readCount: 0)
  }

  func promptAndCompletion(_ row: DatasetRow) throws(DatasetError) -> LabelledTokens {
    guard let prompt = row["prompt"]?.string, let completion = row["completion"]?.string,
      !(row.listsMessages("prompt") && row.listsMessages("completion"))
    else {
      return try conversationalCompletion(row)
    }
    guard !options.assistantOnlyLoss else { throw .notAConversation(.promptCompletion) }
    // As in TRL, nothing comes between the two; where tokens merge across the border, the completion begins with them.
    let ids = tokenizer.encode(prompt + completion)
    let readCount = options.completionOnlyLoss == false ? 0 : commonPrefixCount(tokenizer.encode(prompt), ids)
    return endedText(ids, readCount: readCount)
  }

  /// Without chat template: `system`, a blank line, `instruction` and `input` on lines of their own, and the answer;
  /// earlier rounds of `history` likewise. Each answer is learned and ends with an end-of-text token.
  func plainAlpaca(_ alpaca: AlpacaColumns) -> LabelledTokens {
    let learnsPrompts = options.completionOnlyLoss == false
    var labelled = LabelledTokens()
    for (index, round) in alpaca.rounds.enumerated() {
      let system = index == 0 ? alpaca.system.map { $0 + "\n\n" } ?? "" : ""
      let prompt = tokenizer.encode(system + round.prompt + "\n", addSpecialTokens: index == 0)
      labelled.append(prompt, isLearned: learnsPrompts)
      let answer = tokenizer.encode(round.answer, addSpecialTokens: false)
      labelled.append(answer + (endsText(answer) ? [] : [eosID]), isLearned: true)
    }
    return labelled
  }

  /// The first `readCount` tokens are only read; an end-of-text token is appended unless there is one.
  private func endedText(_ ids: [Int], readCount: Int) -> LabelledTokens {
    LabelledTokens(endsText(ids) ? ids : ids + [eosID]) { $0 >= readCount }
  }

  func endsText(_ ids: [Int]) -> Bool { ids.last.map(eosIDs.contains) ?? false }

  func commonPrefixCount(_ one: [Int], _ other: [Int]) -> Int {
    zip(one, other).prefix { $0 == $1 }.count
  }
}
