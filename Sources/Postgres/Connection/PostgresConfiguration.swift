import CLibpq

/// Where and as whom to connect: libpq's keywords. What is not set comes from the `PG*` variables and libpq's defaults.
package struct PostgresConfiguration: Sendable, Hashable {
  private var keywords: [String: String] = [:]
  private var secretKeywords: Set<String> = []

  /// The `PG*` variables of the process alone.
  package init() {}

  /// Parses `postgresql://…` or `keyword=value …`.
  package init(url: String) throws(PostgresError) {
    if url.utf8.contains(0) { throw Self.malformed }
    let options = unsafe PQconninfoParse(url, nil)
    defer { unsafe PQconninfoFree(options) }
    guard var option = unsafe options else { throw Self.malformed }
    while let name = unsafe option.pointee.keyword {
      if let value = unsafe option.pointee.val {
        let keyword = unsafe String(cString: name)
        keywords[keyword] = unsafe String(cString: value)
        if unsafe option.pointee.dispchar.map({ unsafe $0.pointee }) == CChar(ascii: "*") {
          secretKeywords.insert(keyword)
        }
      }
      unsafe option += 1
    }
  }

  /// A server's UNIX socket directory.
  package init(socketDirectory: String, database: String, user: String) {
    keywords = ["host": socketDirectory, "dbname": database, "user": user]
  }

  // libpq's own message would quote the part that it cannot read, which may be the password.
  private static let malformed = PostgresError.configuration(
    "not a connection string: write postgresql://user@host:port/database or host=… dbname=…"
  )
}

extension PostgresConfiguration {
  package var hasPassword: Bool { !secretKeywords.isEmpty }

  /// For the `PGPASSWORD` of a child process and nothing else.
  package var password: String? { keywords["password"] }

  package var database: String? {
    get { keywords["dbname"] }
    set { keywords["dbname"] = newValue }
  }

  package var user: String? {
    get { keywords["user"] }
    set { keywords["user"] = newValue }
  }

  package var host: String? { keywords["host"] }

  package var applicationName: String? {
    get { keywords["application_name"] }
    set { keywords["application_name"] = newValue }
  }

  /// `keyword='value' …` without passwords, as psql takes it.
  package var conninfo: String {
    keywords.filter { !secretKeywords.contains($0.key) }.sorted { $0.key < $1.key }
      .map { keyword, value in "\(keyword)='\(value.escapingForConninfo)'" }
      .joined(separator: " ")
  }

  /// What to show to people.
  package var redactedDescription: String {
    let shown = ["host", "hostaddr", "port", "dbname", "user", "sslmode"].compactMap { keyword in
      keywords[keyword].map { "\(keyword)=\($0)" }
    }
    return shown.isEmpty ? "PG* variables" : shown.joined(separator: " ")
  }

  /// A lost peer is noticed within half a minute even when nothing is sent, and within 15 s when something is.
  var effectiveKeywords: [String: String] {
    let defaults = [
      "client_encoding": "UTF8", "fallback_application_name": "quern", "keepalives": "1", "keepalives_idle": "15",
      "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "15000",
    ]
    return keywords.merging(defaults) { given, _ in given }
  }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { redactedDescription }
  package var debugDescription: String { redactedDescription }
  package var customMirror: Mirror { Mirror(self, children: ["description": redactedDescription]) }
}

extension CChar {
  fileprivate init(ascii scalar: Unicode.Scalar) { self.init(UInt8(ascii: scalar)) }
}

extension String {
  fileprivate var escapingForConninfo: String {
    var escaped = ""
    for character in unicodeScalars {
      if character == "'" || character == "\\" { escaped.unicodeScalars.append("\\") }
      escaped.unicodeScalars.append(character)
    }
    return escaped
  }
}
