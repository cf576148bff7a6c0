/// What our server's configuration file says; `ALTER SYSTEM` still overrides it.
struct ServerSettings: Sendable {
  let socketDirectory: String
  /// Win over ours.
  let overrides: [String: String]

  /// Only the UNIX socket, and no statement, parameter or row in the log.
  private static let own = [
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
  ]

  var text: String {
    let values = Self.own.merging(["unix_socket_directories": socketDirectory]) { $1 }.merging(overrides) { $1 }
    let lines = values.sorted { $0.key < $1.key }.map { name, value in
      "\(name) = '\(value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'\n"
    }
    return "# Written at each start; settings of your own belong into ALTER SYSTEM.\n" + lines.joined()
  }
}
