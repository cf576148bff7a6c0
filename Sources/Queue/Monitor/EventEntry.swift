import JSON
import Privacy
import Telemetry

/// Words an event of the queue as an entry of the journal. Content passes the gate; everything else is an identifier.
struct EventEntry {
  let gate: ContentGate
  let policy: ContentPolicy
  let instance: Identifier

  func entry(for event: QueueEvent) -> JournalEntry {
    JournalEntry(
      MessageID(eventType: event.type),
      priority: priority(of: event),
      message: message(for: event),
      fields: fields(of: event)
    )
  }

  private func priority(of event: QueueEvent) -> JournalPriority {
    switch event.type {
    case "failed", "worker_lost": .error
    case "retrying", "lost", "expired": .warning
    case "claimed", "queued": .debug
    default: notePriority(of: event)
    }
  }

  /// Notes of executors say how grave they are.
  private func notePriority(of event: QueueEvent) -> JournalPriority {
    switch event.data["level"]?.string.flatMap(JobNote.Level.init(rawValue:)) {
    case .error: .error
    case .warning: .warning
    case .info, nil: .information
    }
  }

  private func message(for event: QueueEvent) -> Redacted {
    let type = name(event.type)
    guard let job = event.job else {
      return "\(type): \(name(event.worker ?? event.model))"
    }
    switch event.type {
    case "submitted": return "job \(job.rawValue) submitted: \(name(event.kind)) in queue \(name(event.queue))"
    case "claimed": return "job \(job.rawValue) claimed by \(name(event.worker)), attempt \(event.attempt ?? 0)"
    case "succeeded": return "job \(job.rawValue) succeeded, attempt \(event.attempt ?? 0)"
    case "failed", "retrying": return "job \(job.rawValue) \(type): \(name(errorCode(of: event)))"
    case "lost": return "job \(job.rawValue) lost with worker \(name(event.worker)), attempt \(event.attempt ?? 0)"
    default: return "job \(job.rawValue) \(type)\(numbers(of: event))\(text(of: event))"
    }
  }

  /// The numbers of a note: `: loss 2.5, step 10`.
  private func numbers(of event: QueueEvent) -> Redacted {
    let members = event.data.object ?? [:]
    var words: Redacted = ""
    for (key, value) in members.sorted(by: { $0.key < $1.key }) where !Self.timeKeys.contains(key) {
      guard let number = value.double, let key = Identifier(key) else { continue }
      let separator: Redacted = words.description.isEmpty ? ": " : ", "
      words =
        if let whole = value.integer { "\(words)\(separator)\(key) \(whole)" } else {
          "\(words)\(separator)\(key) \(number)"
        }
    }
    return words
  }

  /// What a note says in words may speak of content.
  private func text(of event: QueueEvent) -> Redacted {
    guard let message = event.data["message"]?.string, let admitted = gate.admit(message, under: policy) else {
      return ""
    }
    return ": \(admitted)"
  }

  /// What every event may have beside its own data.
  private static let timeKeys: Set<String> = ["seconds"]

  private func fields(of event: QueueEvent) -> [JournalField] {
    var fields: [JournalField] = [
      .eventID(event.id), .eventType(name(event.type)), .instance(instance), .time(event.at),
    ]
    if let job = event.job { fields.append(.jobID(job.rawValue)) }
    if let attempt = event.attempt { fields.append(.attempt(attempt)) }
    if let kind = event.kind { fields.append(.kind(name(kind))) }
    if let queue = event.queue { fields.append(.queue(name(queue))) }
    if let model = event.model { fields.append(.model(name(model))) }
    if let state = event.state { fields.append(.state(name(state.rawValue))) }
    if let worker = event.worker { fields.append(.worker(name(worker))) }
    if let code = errorCode(of: event) { fields.append(.errorCode(name(code))) }
    return fields + contents(of: event)
  }

  private func contents(of event: QueueEvent) -> [JournalField] {
    var fields: [JournalField] = []
    if let input = admit(event.parameters) { fields.append(.input(input)) }
    if let output = admit(event.result) { fields.append(.output(output)) }
    if let message = event.error?["message"]?.string, let error = gate.admit(message, under: policy) {
      fields.append(.error(error))
    }
    return fields
  }

  private func admit(_ content: JSONValue?) -> Redacted? {
    content.flatMap { gate.admit($0.withoutTokens, under: policy) }
  }

  private func errorCode(of event: QueueEvent) -> String? { event.error?["code"]?.string }

  /// A name that is no identifier may be content: it stays out.
  private func name(_ text: String?) -> Identifier {
    text.flatMap { Identifier($0) } ?? Identifier("unnamed")
  }
}

extension JSONValue {
  /// Token ids, single tokens and vectors give the text away as letters do, and no detector can read them: only their
  /// number is left.
  fileprivate var withoutTokens: JSONValue {
    switch self {
    case .object(let members):
      .object(
        JSONObject(
          uniqueKeysWithValues: members.map { key, value in
            (key, Self.tokenKeys.contains(key) ? value.countOfElements : value.withoutTokens)
          }
        )
      )
    case .array(let elements):
      elements.first?.double != nil ? countOfElements : .array(elements.map(\.withoutTokens))
    default: self
    }
  }

  private var countOfElements: JSONValue {
    switch self {
    case .null, .bool, .integer, .number: self
    case .array(let elements): .string("\(elements.count) elements")
    case .string(let text): .string("\(text.utf8.count) bytes")
    case .object: .string("an object")
    }
  }

  private static let tokenKeys: Set<String> = [
    "prompt_tokens", "token_ids", "prompt_token_ids", "stop_token_ids", "tokens", "logprobs", "embedding", "logit_bias",
  ]
}
