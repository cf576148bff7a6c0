import Tokenizers

/// A request while it runs: the tokens so far, the sampler, the text, and when to end.
struct Generation: Sendable {
  let prompt: [Int]
  let parameters: GenerationParameters
  /// Prompt and generated tokens together never exceed this.
  let tokenLimit: Int
  let sampler: Sampler
  private(set) var tokens: [Int] = []
  private(set) var text = ""
  private(set) var finishReason: FinishReason?
  private let stopIDs: Set<Int>
  private var stream: TextStream
  private var matcher: StopMatcher

  /// - Parameter contextLength: the model's.
  init(_ request: GenerationRequest, tokenizer: Tokenizer, contextLength: Int, eosIDs: [Int], seed: UInt64) {
    prompt = request.promptTokens
    parameters = request.parameters
    let room = contextLength - prompt.count
    tokenLimit = prompt.count + min(parameters.maxTokens ?? room, room)
    sampler = Sampler(parameters, seed: seed)
    stopIDs = parameters.ignoreEOS ? parameters.stopTokenIDs : parameters.stopTokenIDs.union(eosIDs)
    stream = TextStream(tokenizer, prompt: prompt)
    matcher = StopMatcher(parameters.stop)
  }

  /// Takes the next token.
  /// - Returns: what it adds to the text; `finishReason` is set when it was the last one.
  mutating func append(_ token: Int) -> String {
    tokens.append(token)
    var added = ""
    if stopIDs.contains(token) {
      finishReason = .stop
    } else {
      added = match(stream.push(token))
    }
    if finishReason == nil, prompt.count + tokens.count >= tokenLimit { finishReason = .length }
    if finishReason != nil { added += flush() }
    text += added
    return added
  }

  private mutating func match(_ piece: String) -> String {
    switch matcher.push(piece) {
    case .text(let text): return text
    case .stopped(let text):
      finishReason = .stop
      isTextComplete = true
      return text
    }
  }

  /// Nothing comes after a stop text.
  private var isTextComplete = false

  private mutating func flush() -> String {
    guard !isTextComplete else { return "" }
    let rest = match(stream.finish())
    return isTextComplete ? rest : rest + matcher.finish()
  }
}
