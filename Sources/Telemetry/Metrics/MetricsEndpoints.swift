/// The answers of the metrics server to HTTP/1.1 requests.
struct MetricsEndpoints: Sendable {
  static let maximumHeadByteCount = 16_384

  let registry: MetricsRegistry
  let health: @Sendable () -> MetricsServer.Health

  private struct Response {
    var status = "200 OK"
    var type = "text/plain; charset=utf-8"
    var body: String
  }

  /// The bytes of the whole response; the connection closes behind it.
  func response(toHead head: [UInt8]) -> [UInt8] {
    let line = head.prefix { $0 != UInt8(ascii: "\r") }.split(separator: UInt8(ascii: " "))
    let words = line.map { String(decoding: $0, as: UTF8.self) }
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else {
      return bytes(Response(status: "400 Bad Request", body: "not an HTTP/1.1 request\n"))
    }
    guard words[0] == "GET" || words[0] == "HEAD" else {
      return bytes(Response(status: "405 Method Not Allowed", body: "GET and HEAD only\n"))
    }
    let path = words[1].prefix { $0 != "?" }
    return bytes(response(to: String(path)), withBody: words[0] == "GET")
  }

  private func response(to path: String) -> Response {
    switch path {
    case "/metrics":
      return Response(type: "text/plain; version=0.0.4; charset=utf-8", body: registry.exposition())
    case "/healthz":
      switch health() {
      case .healthy: return Response(body: "ok\n")
      case .unhealthy(let reason): return Response(status: "503 Service Unavailable", body: "\(reason)\n")
      }
    default:
      return Response(status: "404 Not Found", body: "/metrics and /healthz are here\n")
    }
  }

  private func bytes(_ response: Response, withBody: Bool = true) -> [UInt8] {
    let head =
      "HTTP/1.1 \(response.status)\r\nContent-Type: \(response.type)\r\nContent-Length: \(response.body.utf8.count)\r\n"
      + "Connection: close\r\n\r\n"
    return Array((withBody ? head + response.body : head).utf8)
  }
}
