/// What a result may be called.
struct OutputName: Sendable, Hashable {
  let text: String

  /// nil unless it has 1 to 100 letters, digits, ".", "_" or "-" and starts with a letter or digit; as `quern.model`.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (1...100).contains(bytes.count), bytes[0].isLetterOrDigit,
      bytes.allSatisfy({ $0.isLetterOrDigit || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0) })
    else { return nil }
    self.text = text
  }

  /// The last part of a path, as `./results/gpt2-poems/` says `gpt2-poems`.
  init?(directory: String) {
    guard let last = directory.split(separator: "/").last else { return nil }
    self.init(String(last))
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
