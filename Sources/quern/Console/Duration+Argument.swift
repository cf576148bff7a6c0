import ArgumentParser

extension Duration {
  /// `500ms`, `30s`, `5min`, `2h`, `1d`; a bare number is seconds.
  init(argument: String) throws {
    guard let duration = Duration(words: argument) else {
      throw ValidationError("a duration reads like 500ms, 30s, 5min or 2h, unlike '\(argument)'")
    }
    self = duration
  }

  private init?(words: String) {
    let units: [String: Double] = [
      "ms": 0.001, "": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400,
    ]
    let number = words.prefix { ("0"..."9").contains($0) || $0 == "." }
    let unit = words.dropFirst(number.count).drop { $0 == " " }
    guard let value = Double(number), let scale = units[String(unit)], value * scale <= 86_400 * 3650 else {
      return nil
    }
    self = .seconds(value * scale)
  }
}
