import JSON
import Queue

/// What a finished job left.
struct JobOutcome: Sendable {
  let id: JobID
  let state: JobState
  /// The response body, or `{"error": …}`.
  let result: JSONValue

  /// The generated text, of several answers a line each, or the body of another kind.
  var text: String {
    let texts = result["choices"]?.array?.compactMap { $0["text"]?.string ?? $0["message"]?["content"]?.string }
    return texts.map { $0.joined(separator: "\n") } ?? result.text
  }

  /// The sentence for people about a job that did not succeed.
  var complaint: String {
    let error = result["error"]
    let code = error?["code"]?.string.map { " (\($0))" } ?? ""
    let message = error?["message"]?.string ?? "no reason was given"
    return switch state {
    case .cancelled: "job \(id) was cancelled; `quern retry \(id)` runs it again"
    case .expired: "job \(id) expired before it ran; `quern retry \(id)` runs it again"
    default: "job \(id) failed\(code): \(message)"
    }
  }
}
