import CPCRE2

/// A regular expression over UTF-8, run by PCRE2.
///
/// The just-in-time compiler is used where the system allows memory that is written and executed; elsewhere PCRE2
/// interprets. A match that would take more than `stepLimit` steps counts as none: hostile expressions cannot hang.
@safe package final class Expression: @unchecked Sendable {
  package enum Syntax: Sendable {
    /// As Perl's and Python's.
    case perl
    /// Oniguruma's Ruby syntax, which tokenizer.json is written in.
    case ruby
  }

  private static let stepLimit: UInt32 = 1_000_000
  private static let heapLimitKibibytes: UInt32 = 16 << 10
  private static let sourceByteLimit = 1 << 14

  // Immutable once compiled, and PCRE2 says that such code may be shared by threads.
  private let code: OpaquePointer
  private let limits: OpaquePointer

  package init(_ source: String, syntax: Syntax = .perl) throws(ExpressionError) {
    guard source.utf8.count <= Self.sourceByteLimit else {
      throw .tooLong(byteCount: source.utf8.count, limit: Self.sourceByteLimit)
    }
    guard let limits = unsafe pcre2_match_context_create_8(nil) else { throw .outOfMemory }
    unsafe self.limits = limits
    unsafe pcre2_set_match_limit_8(limits, Self.stepLimit)
    unsafe pcre2_set_heap_limit_8(limits, Self.heapLimitKibibytes)
    var problem: CInt = 0
    var offset = 0
    guard let compiled = unsafe Self.compile(source, syntax, &problem, &offset) else {
      unsafe pcre2_match_context_free_8(limits)
      throw .invalid(source, problem: Self.message(problem), offset: offset)
    }
    unsafe code = compiled
    // Refused where pages may not be both writable and executable; matching then interprets.
    _ = unsafe pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE)
  }

  deinit {
    unsafe pcre2_code_free_8(code)
    unsafe pcre2_match_context_free_8(limits)
  }

  private static func compile(
    _ source: String,
    _ syntax: Syntax,
    _ problem: inout CInt,
    _ offset: inout Int
  ) -> OpaquePointer? {
    let context = unsafe pcre2_compile_context_create_8(nil)
    defer { unsafe pcre2_compile_context_free_8(context) }
    unsafe pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
    unsafe pcre2_set_parens_nest_limit_8(context, 100)
    var options = PCRE2_UTF | PCRE2_UCP | UInt32(PCRE2_NEVER_BACKSLASH_C)
    let text: [UInt8]
    switch syntax {
    case .perl: text = Array(source.utf8)
    case .ruby:
      options |= UInt32(PCRE2_MULTILINE)
      text = RubySyntax.translated(source)
    }
    return unsafe pcre2_compile_8(text, text.count, options, &problem, &offset, context)
  }

  private static func message(_ problem: CInt) -> String {
    var message = [UInt8](repeating: 0, count: 256)
    let length = unsafe pcre2_get_error_message_8(problem, &message, message.count)
    return length > 0 ? String(decoding: message.prefix(Int(length)), as: UTF8.self) : "error \(problem)"
  }

  /// Whether all of `text` is one match.
  package func matchesWhole(_ text: String) -> Bool {
    guard let matchData = unsafe pcre2_match_data_create_from_pattern_8(code, nil) else { return false }
    defer { unsafe pcre2_match_data_free_8(matchData) }
    return unsafe Array(text.utf8).withUnsafeBufferPointer { subject in
      unsafe firstMatch(in: subject, from: 0, matchData, UInt32(PCRE2_ANCHORED) | UInt32(PCRE2_ENDANCHORED)) != nil
    }
  }

  /// Calls `body` with the ranges of the matches in `range`, from left to right; what is outside is not seen.
  package func forEachMatch(in text: Span<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    guard let matchData = unsafe pcre2_match_data_create_from_pattern_8(code, nil) else { return }
    defer { unsafe pcre2_match_data_free_8(matchData) }
    unsafe text.extracting(range).withUnsafeBufferPointer { subject in
      var position = 0
      while position <= subject.count, let match = unsafe firstMatch(in: subject, from: position, matchData) {
        body(match.lowerBound + range.lowerBound..<match.upperBound + range.lowerBound)
        position = match.upperBound
        if match.isEmpty {
          position += 1
          while position < subject.count, unsafe subject[position] & 0xc0 == 0x80 { position += 1 }
        }
      }
    }
  }

  private func firstMatch(
    in subject: UnsafeBufferPointer<UInt8>,
    from start: Int,
    _ matchData: OpaquePointer,
    _ options: UInt32 = 0
  ) -> Range<Int>? {
    let options = options | PCRE2_NO_UTF_CHECK
    var status = unsafe pcre2_match_8(
      code,
      subject.baseAddress,
      subject.count,
      start,
      options,
      matchData,
      limits
    )
    if status == PCRE2_ERROR_JIT_STACKLIMIT {
      status = unsafe pcre2_match_8(
        code,
        subject.baseAddress,
        subject.count,
        start,
        options | UInt32(PCRE2_NO_JIT),
        matchData,
        limits
      )
    }
    guard status > 0, let bounds = unsafe pcre2_get_ovector_pointer_8(matchData), unsafe bounds[0] <= bounds[1] else {
      return nil
    }
    return unsafe Int(bounds[0])..<Int(bounds[1])
  }
}
