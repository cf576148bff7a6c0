import JSON
import Privacy
import Testing

/// The text with every entity replaced.
private func redact(_ text: String) -> String { Redactor().redact(text).description }

struct RedactorTests {
  @Test(arguments: [
    ("postgresql://quern:pa55/w@rd@db.example:5432/q?x=1", "postgresql://<URL_CREDENTIALS>@db.example:5432/q?x=1"),
    ("see https://example.org:8080/a?b=c@d", "see https://example.org:8080/a?b=c@d"),
    ("git clone ssh://git@github.com/x", "git clone ssh://<EMAIL>/x"),
    ("key sk-proj-abcDEF1234567890abcdef end", "key <SECRET_OPENAI> end"),
    ("AKIAIOSFODNN7EXAMPLE", "<SECRET_AWS>"),
    ("token ghp_abcdefghijklmnopqrstuvwxyz0123456789.", "token <SECRET_GITHUB>."),
    ("github_pat_11ABCDEFG0abcdefghijkl_MNOPQRSTUV", "<SECRET_GITHUB>"),
    ("xoxb-123456789012-abcdefGHIJKL", "<SECRET_SLACK>"),
    ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "<SECRET_GOOGLE>"),
    ("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", "<SECRET_HUGGINGFACE>"),
    ("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer <SECRET_BEARER>"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!", "<SECRET_JWT>!"),
    ("password: hunter2 and more", "password: <SECRET> and more"),
    (#"{"api_key": "abcd"}"#, #"{"api_key": "<SECRET>"}"#),
    ("PGPASSWORD=geheim psql", "PGPASSWORD=<SECRET> psql"),
    ("密码：abc123。", "密码：<SECRET>。"),
    ("The password: never share it", "The password: never share it"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest", "<SECRET_PEM>\nrest"),
    ("-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"),
    ("手机13812345678转", "手机<CN_MOBILE>转"),
    (#"\n13812345678"#, #"\n<CN_MOBILE>"#),
    (#"\u5f2013812345678"#, #"\u5f20<CN_MOBILE>"#),
    ("+8613812345678, 86 138-1234-5678", "<CN_MOBILE>, <CN_MOBILE>"),
    ("order 413812345678", "order 413812345678"),
    ("call +49 30 1234567 now", "call <PHONE> now"),
    ("13812345678@163.com", "<EMAIL>"),
    ("张伟li.na@corp.io联系", "张伟<EMAIL>联系"),
    ("2026-11-24 06:20:51 took 1234567 ns at 10:11", "2026-11-24 06:20:51 took 1234567 ns at 10:11"),
    ("Genesis 1:2:3, std::vector<int>, f :: Int -> Int", "Genesis 1:2:3, std::vector<int>, f :: Int -> Int"),
    ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
    (
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    ),
  ])
  func `entities are replaced by their type, and nothing else is`(text: String, expected: String) {
    #expect(redact(text) == expected)
  }

  @Test func `offsets count code points`() {
    let entities = Redactor().entities(in: "😀你好 li@corp.io")
    #expect(entities == [Entity(type: .email, range: 4..<14, score: 1)])
  }

  @Test func `leaves, keys and numbers of JSON are redacted`() throws {
    let json = try JSONValue(
      parsing:
        #"{"to":["li@corp.io"],"13812345678":1,"phone":13912345678,"n":12345,"password":"plain","a@b.io":1,"c@d.io":2}"#
    )
    let redacted = Redactor().redact(json)
    #expect(
      redacted.description
        == #"{"to":["<EMAIL>"],"<CN_MOBILE>":1,"phone":"<CN_MOBILE>","n":12345,"password":"<SECRET>","<EMAIL>":1,"<EMAIL>#2":2}"#
    )
    #expect(redacted.entityCounts == [.email: 3, .chineseMobile: 2, .assignedSecret: 1])
  }

  @Test func `invalid UTF-8 and too long texts are withheld`() {
    #expect(Redactor().redact(utf8: [0x61, 0xff]) == .withheld)
    #expect(Redactor(policy: .init(maximumByteCount: 3)).redact("abcd") == .withheld)
  }

  @Test func `a policy chooses types and threshold`() {
    let redactor = Redactor(policy: .init(types: [.email]))
    #expect(redactor.redact("li@corp.io 13812345678").description == "<EMAIL> 13812345678")
    let strict = Redactor(policy: .init(threshold: 0.95))
    #expect(strict.redact("li@corp.io 13812345678").description == "<EMAIL> 13812345678")
  }

  @Test(arguments: [
    "1", "1.", "a@", "a.", "-", "1-1-", "ab:", "http://", "::", "=", "\\u", "eyJ", "A1", "password:",
    "-----BEGIN PRIVATE KEY-----",
  ])
  func `hostile repetition costs linear time`(unit: String) {
    let clock = ContinuousClock()
    func time(_ count: Int) -> Duration {
      let text = String(repeating: unit, count: count / unit.utf8.count)
      return (0..<3).map { _ in clock.measure { _ = Redactor().entities(in: text) } }.min() ?? .zero
    }
    let long = time(1 << 20)
    #expect(long < .seconds(2), "1 MB of \(unit) takes \(long)")
  }
}

struct ContentGateTests {
  private let gate = ContentGate()

  @Test func `policies let out nothing, a fingerprint, redacted text or all`() {
    #expect(gate.admit("li@corp.io", under: .none) == nil)
    #expect(
      gate.admit("abc", under: .hash)?.description
        == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    #expect(gate.admit("li@corp.io", under: .redacted)?.description == "<EMAIL>")
    #expect(gate.admit("li@corp.io", under: .full)?.description == "li@corp.io")
    #expect(gate.admit(["b": 1, "a": 2], under: .hash) == gate.admit(["a": 2, "b": 1], under: .hash))
  }
}

struct IdentifierTests {
  @Test(arguments: ["llama@3", "base@1+adapter@2", "worker-a1.b:c_d", "org/name"])
  func `names are identifiers`(text: String) { #expect(Identifier(text) != nil) }

  @Test(arguments: [
    "", "a b", "li@corp.io", "li@163.com", "13812345678", "a\nb", "名", String(repeating: "a", count: 129),
  ])
  func `content is not`(text: String) { #expect(Identifier(text) == nil) }

  @Test func `messages are made of literals, numbers, identifiers and redacted text`() {
    let message: Redacted = "job \(42) on \(Identifier("worker-1")): \(Redactor().redact("li@corp.io"))"
    #expect(message.description == "job 42 on worker-1: <EMAIL>")
    #expect(message.entityCounts == [.email: 1])
  }
}
