import FoundationEssentials
import Glibc

extension TemplateRenderer {
  /// `strftime` of the C library, which Python calls too, for the local time of `now`.
  func formattedTime(_ format: String) throws(TemplateError) -> String {
    guard format.utf8.count <= 256 else { throw exceeded("256 bytes of a time's format") }
    guard !format.isEmpty else { return "" }
    var seconds = time_t(now.timeIntervalSince1970.rounded(.down))
    var parts = unsafe tm()
    unsafe localtime_r(&seconds, &parts)
    // Widths as in `%1000d` make the text longer than the format.
    let capacity = 8192
    let text = unsafe String(unsafeUninitializedCapacity: capacity) { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
        unsafe strftime(characters.baseAddress, capacity, format, &parts)
      }
    }
    return text
  }
}
