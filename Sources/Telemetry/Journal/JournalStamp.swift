import FoundationEssentials
import Glibc
import Synchronization

/// Adds what journald adds by itself: cursor, times, boot, process and host.
struct JournalStamp: ~Copyable {
  private let sequence = Mutex<UInt64>(0)
  private let stream =
    JournalStamp.hexadecimal(UInt64.random(in: .min ... .max))
    + JournalStamp.hexadecimal(UInt64.random(in: .min ... .max))
  private let boot: String
  private let trusted: [(name: String, value: String)]

  init() {
    boot = Self.firstLine(of: "/proc/sys/kernel/random/boot_id").filter { $0 != "-" }
    trusted = [
      ("_BOOT_ID", boot), ("_MACHINE_ID", Self.firstLine(of: "/etc/machine-id")), ("_HOSTNAME", Self.hostname()),
      ("_PID", "\(getpid())"), ("_UID", "\(getuid())"), ("_GID", "\(getgid())"),
      ("_COMM", Self.firstLine(of: "/proc/self/comm")),
      ("_TRANSPORT", "journal"),
    ].filter { !$0.1.isEmpty }
  }

  func record(_ fields: [(name: String, value: String)]) -> JournalRecord {
    let realtime = Self.microseconds(CLOCK_REALTIME)
    let monotonic = Self.microseconds(CLOCK_MONOTONIC)
    let number = sequence.withLock { number in
      number += 1
      return number
    }
    let cursor =
      "s=\(stream);i=\(String(number, radix: 16));b=\(boot);m=\(String(monotonic, radix: 16));t=\(String(realtime, radix: 16));x=0"
    return JournalRecord(
      realtime: realtime,
      cursor: cursor,
      fields: [("__MONOTONIC_TIMESTAMP", "\(monotonic)")] + trusted + fields
    )
  }

  private static func microseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func hostname() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Empty when the file is hidden from us, as a sandbox may do; the field is left out then.
  private static func firstLine(of path: String) -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return "" }
    return String(text.prefix { $0 != "\n" })
  }
}
