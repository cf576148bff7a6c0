extension Scheduler {
  /// A sequence to compute.
  package struct Request: Sendable, Hashable {
    /// What is wanted of the logits.
    package enum Goal: Sendable, Hashable {
      /// The newest token's, again and again.
      case continuation
      /// Those that score tokens[first...]; the last token itself is not computed.
      case score(from: Int)
    }

    package let id: SequenceID
    package let tokens: [Int32]
    /// The most positions that it will ever compute.
    package let positionLimit: Int
    package let goal: Goal
    /// Whose blocks it may share.
    package let salt: String
    /// Higher first.
    package let priority: Int
    /// The number of what it is computed with besides the model: keys and values differ with it.
    package let adapter: Int?

    package init(
      id: SequenceID,
      tokens: [Int32],
      positionLimit: Int,
      goal: Goal = .continuation,
      salt: String = "",
      priority: Int = 0,
      adapter: Int? = nil
    ) {
      self.id = id
      self.tokens = tokens
      self.positionLimit = positionLimit
      self.goal = goal
      self.salt = salt
      self.priority = priority
      self.adapter = adapter
    }

    /// Tokens to compute before the first answer.
    var computedLimit: Int { goal == .continuation ? tokens.count : tokens.count - 1 }
  }

  struct Sequence: Sendable {
    enum State: Sendable {
      case waiting
      case running
      /// Finished or cancelled; leaves when the step ends.
      case ended
      case vacant
    }

    /// A block that another sequence computes first.
    struct AwaitedBlock: Sendable {
      let id: SequenceID
      let slot: Int
      /// What that sequence must have computed.
      let computedCount: Int
    }

    let id: SequenceID
    let priority: Int
    let submitter: Int
    let adapter: Int?
    let positionLimit: Int
    var state = State.waiting
    /// Tokens that are known: the prompt and what was generated.
    var tokens: [Int32]
    /// Tokens at submission.
    let promptCount: Int
    /// Known tokens that are not to be computed.
    let uncomputedTail: Int
    /// Whether it is computed in the way of long contexts.
    var isLong = false
    /// Tokens whose keys and values are in the cache.
    var computedCount = 0
    /// The first position whose logits are still wanted: from here on a block in the cache does not help.
    var neededFrom: Int
    var blockTable: [Int32] = []
    /// Blocks at the front of the table that are filed in the cache.
    var filedCount = 0
    /// The number of the last step with rows of it.
    var lastStep = 0
    var awaited: AwaitedBlock?
    var awaitedCount = 0
    /// Whether it has run before.
    var hasBegun = false

    init(_ request: Request, submitter: Int) {
      id = request.id
      priority = request.priority
      self.submitter = submitter
      adapter = request.adapter
      positionLimit = request.positionLimit
      tokens = request.tokens
      promptCount = request.tokens.count
      switch request.goal {
      case .continuation:
        uncomputedTail = 0
        neededFrom = request.tokens.count - 1
      case .score(let first):
        precondition(first >= 1 && first < request.tokens.count, "a score is of tokens with others before them")
        uncomputedTail = 1
        neededFrom = first - 1
      }
    }

    var root: PrefixRoot { PrefixRoot(submitter: submitter, isLong: isLong, adapter: adapter) }
    /// Tokens to compute as far as they are known.
    var goalCount: Int { tokens.count - uncomputedTail }
    var remainingCount: Int { goalCount - computedCount }

    /// Lets go of the memory.
    mutating func vacate() {
      state = .vacant
      tokens = []
      blockTable = []
    }
  }

  func hasRank(_ slot: Int, above other: Int) -> Bool {
    slots[slot].priority == slots[other].priority
      ? slots[slot].id < slots[other].id : slots[slot].priority > slots[other].priority
  }
}
