import Foundation
import JSON

/// The figures of `quern model bench` for people.
enum SpeedTable {
  static func text(of rows: [JSONObject]) -> String {
    guard let first = rows.first else { return "" }
    let facts = [
      first["model"]?.string, first["dtype"]?.string, first["kv_dtype"]?.string.map { "keys and values \($0)" },
      first["kernels"]?.string, first["threads"]?.integer.map { "\($0) threads" },
      "loaded in \(number(first["load_seconds"])) s",
    ].compactMap { $0 }.joined(separator: ", ")
    var table = Table(
      .init("WHAT"),
      .init("BATCH", .right),
      .init("PROMPT", .right),
      .init("NEW", .right),
      .init("PER SECOND", .right),
      .init("LEAST", .right),
      .init("MOST", .right),
      .init("PEAK MB", .right)
    )
    for row in lines(of: rows) { table.append(row) }
    return facts + "\n\n" + table.text(width: Console.columns)
  }

  /// A prefill that every batch size repeats stands once.
  private static func lines(of rows: [JSONObject]) -> [[String]] {
    let prefill = rows.prefix(1).filter { $0["prefill_tok_s"] != nil }.map {
      line("prefill tokens", $0, batch: 1, keys: ["prefill_tok_s", "prefill_min", "prefill_max"])
    }
    return prefill
      + rows.compactMap { row in
        switch row["what"]?.string {
        case "decode": line("decode tokens", row, keys: ["decode_tok_s", "decode_min", "decode_max"])
        case "embed": line("sequences", row, keys: ["embed_s", "min", "max"])
        default: nil
        }
      }
  }

  private static func line(_ what: String, _ row: JSONObject, batch: Int? = nil, keys: [String]) -> [String] {
    [what, "\(batch ?? row["batch"]?.integer ?? 0)", "\(row["prompt"]?.integer ?? 0)"]
      + [what == "decode tokens" ? "\(row["new"]?.integer ?? 0)" : ""]
      + keys.map { number(row[$0]) } + ["\(row["peak_rss_mb"]?.integer ?? 0)"]
  }

  private static func number(_ value: JSONValue?) -> String {
    let value = value?.double ?? 0
    return String(format: value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
  }
}
