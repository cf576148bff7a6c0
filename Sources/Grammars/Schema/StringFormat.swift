/// The values of `format`, each as an expression for texts that every validator takes.
enum StringFormat: String, CaseIterable, Sendable {
  case dateTime = "date-time"
  case date, time, duration, email, hostname, ipv4, ipv6, uuid

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// To be matched as a whole.
  var expression: String {
    switch self {
    case .dateTime: "\(Self.dateExpression)T\(Self.timeExpression)"
    case .date: Self.dateExpression
    case .time: Self.timeExpression
    case .duration: Self.durationExpression
    case .email:
      "[a-zA-Z0-9_+-]{1,32}(\\.[a-zA-Z0-9_+-]{1,16}){0,2}@(\(Self.labelExpression)\\.){1,3}[a-zA-Z]{2,16}"
    case .hostname: "(\(Self.labelExpression)\\.){0,3}[a-zA-Z]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?"
    case .ipv4: "\(Self.octetExpression)(\\.\(Self.octetExpression)){3}"
    case .ipv6: Self.ipv6Expression
    case .uuid: "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    }
  }

  /// RFC 3339, full-date; years 1000 to 9999, with the 29th of February in leap years only.
  private static let dateExpression: String = {
    let year = "[1-9][0-9]{3}"
    let leapYear = "([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)"
    let long = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    let short = "(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    return "(\(year)-(\(long)|\(short)|02-(0[1-9]|1[0-9]|2[0-8]))|\(leapYear)-02-29)"
  }()

  /// RFC 3339, full-time, without leap seconds: whether one exists depends on the date.
  private static let timeExpression =
    "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"

  /// RFC 3339, appendix A.
  private static let durationExpression: String = {
    let time = "T([0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}S)"
    let date = "([0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?|[0-9]{1,4}M([0-9]{1,4}D)?|[0-9]{1,4}D)"
    return "P(\(date)(\(time))?|\(time)|[0-9]{1,4}W)"
  }()

  private static let labelExpression = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,14}[a-zA-Z0-9])?"
  private static let octetExpression = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"

  /// RFC 4291: eight groups, or fewer around one “::”.
  private static let ipv6Expression: String = {
    let group = "[0-9a-fA-F]{1,4}"
    var forms = ["\(group)(:\(group)){7}", "::(\(group)(:\(group)){0,6})?"]
    for before in 1...7 {
      let head = before == 1 ? group : "\(group)(:\(group)){\(before - 1)}"
      let after = 7 - before
      forms.append(after == 0 ? "\(head)::" : "\(head)::(\(group)(:\(group)){0,\(after - 1)})?")
    }
    return "(\(forms.joined(separator: "|")))"
  }()
}
