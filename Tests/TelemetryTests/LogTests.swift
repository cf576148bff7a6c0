import Foundation
import Logging
import Telemetry
import Testing

struct LogTests {
  private func line(_ message: Logger.Message, _ metadata: Logger.Metadata, error: (any Error)? = nil) -> String {
    let event = LogEvent(
      level: .info,
      message: message,
      error: error,
      metadata: metadata,
      source: nil,
      file: "f.swift",
      function: "f",
      line: 1
    )
    return TerminalLogHandler.line(
      LogRecord(event, metadata: metadata),
      label: "quern",
      at: Date(timeIntervalSince1970: 0)
    )
  }

  @Test func `a line has time, level, label, message and sorted metadata`() {
    #expect(
      line("claimed", ["job.id": "42", "attempt": "1", "model": "llama@3"])
        == "1970-01-01T00:00:00.000Z info     quern: claimed attempt=1 job.id=42 model=llama@3\n"
    )
  }

  @Test func `prose in metadata is withheld, and redacted where prose belongs`() {
    let text = line("sent to li@corp.io", ["prompt": "my secret plan", "error": "no route to li@corp.io"])
    #expect(text.hasSuffix(#": sent to <EMAIL> error="no route to <EMAIL>" prompt="[withheld: 14 bytes]""# + "\n"))
  }

  @Test func `line ends and terminal commands are escaped`() {
    let text = line("a\nb\u{1b}[31m", ["path": "/tmp/x\ny"])
    #expect(text.filter(\.isNewline).count == 1)
    #expect(text.contains(#"a\nb\u{1B}[31m path=/tmp/x\ny"#))
  }

  @Test func `metadata keys become field names`() {
    #expect(JournaldLogHandler.fieldName("job.id") == "QUERN_JOB_ID")
    #expect(JournaldLogHandler.fieldName("größe-x") == "QUERN_GR__E_X")
  }
}
