import Dispatch
import Foundation
import JSON
import Testing
import Tokenizers

/// Templates that try to use up time, memory or stack.
@Suite struct TemplateLimitTests {
  private static func nested(_ open: String, _ close: String, around inner: String = "1", times: Int = 20_000) -> String
  {
    String(repeating: open, count: times) + inner + String(repeating: close, count: times)
  }

  private static let hostile: [String] = [
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
    "{{ range(100001)|list }}",
    "{{ range(-9223372036854775807, 9223372036854775807) }}",
    "{{ 'x' * 9000000000 }}",
    "{{ 'xy' * 9223372036854775807 }}",
    "{{ [1] * 9223372036854775807 }}",
    "{{ [[1] * 100000] * 100000 }}",
    "{% set ns = namespace(s='x' * 1000000) %}{% for a in range(100000) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "{% set ns = namespace(l=[]) %}{% for a in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l={}) %}{% for a in range(100000) %}{% set ns.l = {1: ns.l} %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace() %}{% for a in range(1000) %}{% set ns.n = namespace(n=ns.n) %}{% endfor %}{{ ns }}",
    "{% set ns = namespace() %}{% set ns.n = ns %}{{ ns }}",
    "{% set ns = namespace() %}{% set ns.n = [ns] %}{{ ns.n == ns.n }}{{ ns|string }}",
    "{% set ns = namespace() %}{% for a in range(1000) %}{% for b in [ns.l] %}{% set ns.l = loop %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(f='a') %}{% for a in range(1000) %}{% set ns.f = cycler(ns.f) %}{% endfor %}",
    "{% set ns = namespace(f='a') %}{% for a in range(1000) %}{% set ns.f = joiner(ns.f) %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(30) }}",
    "{% macro m(x) %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
    "{{ '%99999999d' % 1 }}",
    "{{ '{:99999999}'.format(1) }}",
    "{{ '%.99999999f' % 1.5 }}",
    "{{ 'a'.center(9223372036854775807) }}",
    "{{ 'a'.zfill(9223372036854775807) }}{{ 'a'.center(-9223372036854775807 - 1) }}",
    "{{ range(0, 9, 2)[::9223372036854775807] }}",
    "{{ 9223372036854775807|round(-2) }}{{ 5|round(-309) }}{{ 1.5|round(-309) }}",
    "{{ (-9223372036854775807 - 1) // -1 }}",
    "{{ (-9223372036854775807 - 1) % -1 }}{{ 'abc'[-9223372036854775807 - 1:9223372036854775807:-9223372036854775807] }}",
    "{% for x in range(100000) if 1 %}{{ loop.length }}{% endfor %}",
    "{% for x in range(100000)|batch(100000) %}{% endfor %}",
    "{% set s = 'ab<é' * 100000 %}{% for a in range(100000) %}{% if s|e|upper|tojson|indent %}{% endif %}{% endfor %}",
    "{% for a in range(100000) %}{% for b in range(1000) %}{% if 1.7e308|round(2) %}{% endif %}{% endfor %}{% endfor %}",
    "{{ 'a'|indent(9223372036854775807) }}",
    "{{ [1]|batch(9223372036854775807, 0)|list }}",
    "{{ [1]|slice(9223372036854775807)|list }}",
    "{{ [[1]]|tojson(indent=9223372036854775807) }}",
    "{{ ('a' * 1000000).replace('a', 'b' * 1000000) }}",
    "{{ ('a' * 1000000).replace('', 'b' * 1000) }}",
    "{{ ('b' * 1000000).join('a' * 1000000) }}",
    "{% set s = 'a' * 1000000 %}{% for x in range(100000) %}{% if s[x] == s[-1] and s|length %}{% endif %}{% endfor %}",
    "{% set s = 'a' * 1000000 %}{% for x in range(100000) %}{% if 'b' in s %}{% endif %}{% endfor %}",
    "{% set l = range(10000)|list %}{% for x in l %}{% for y in l|sort|reverse|unique %}{% endfor %}{% endfor %}",
    "{% set l = range(100000)|list %}{% for x in l %}{% if -1 in l %}{% endif %}{% endfor %}",
    nested("{{ (", ") }}", times: 1),
    "{{ \(nested("(", ")")) }}",
    "{{ \(nested("[", "]")) }}",
    "{{ \(nested("{1: ", "}")) }}",
    "{{ \(nested("f(", ")")) }}",
    "{{ \(nested("-", "")) }}",
    "{{ \(nested("not ", "")) }}",
    "{{ \(nested("1 if 1 else ", "")) }}",
    "{{ \(nested("a is eq f(", ")")) }}",
    nested("{% if 1 %}", "{% endif %}", around: "x"),
    nested("{% for x in [1] %}", "{% endfor %}", around: "x"),
    nested("{% filter upper %}", "{% endfilter %}", around: "x"),
    nested("{% macro m() %}", "{% endmacro %}", around: "x"),
    "{% set \(nested("(", ")", around: "a")) = 1 %}",
    "{{ '\(nested("{:", "}", around: ""))'.format(1) }}",
    "{{ strftime_now('%1000000000d') }}{{ strftime_now('%d' * 1000) }}",
    String(repeating: "x", count: 2 << 20),
  ]

  @Test(arguments: hostile.indices)
  func `a hostile template ends with an error or an answer, soon`(index: Int) throws {
    let source = Self.hostile[index]
    let time = ContinuousClock().measure { _ = TemplateFixtures.failure(source) }
    // Alone each takes at most 3 s; other tests share the processors.
    #expect(time < .seconds(60), "\(source.prefix(80)) took \(time)")
  }

  @Test func `long chains are no nesting`() throws {
    #expect(try TemplateFixtures.render("{{ 'a'\(String(repeating: " + 'a'", count: 9_999)) }}").utf8.count == 10_000)
    #expect(try TemplateFixtures.render("{{ 'a'\(String(repeating: "|upper", count: 10_000)) }}") == "A")
    #expect(try TemplateFixtures.render("{{ 0\(String(repeating: " or 0", count: 10_000)) or 7 }}") == "7")
    let branches = String(repeating: "{% elif 0 %}", count: 10_000)
    #expect(try TemplateFixtures.render("{% if 0 %}\(branches){% else %}x{% endif %}") == "x")
  }

  @Test(arguments: [
    ("{% for x in range(1000) %}{% endfor %}", TemplateLimits(steps: 500), "500 steps"),
    ("{% for x in range(100) %}0123456789{% endfor %}", TemplateLimits(outputBytes: 999), "999 bytes of output"),
    ("{% set x = 'ab' * 600 %}", TemplateLimits(textBytes: 1000), "1000 bytes of text"),
    ("{{ [[[[1]]]] }}", TemplateLimits(valueDepth: 3), "3 levels of lists"),
    ("{{ ((((1)))) }}", TemplateLimits(nesting: 3), "3 levels of nesting"),
    ("{{ range(11) }}", TemplateLimits(rangeCount: 10), "10 elements of a range"),
    ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", TemplateLimits(evaluationDepth: 9), "9 levels of evaluation"),
    ("{{ 1 }}", TemplateLimits(sourceBytes: 6), "6 bytes of source"),
  ])
  func `each limit is named when it is exceeded`(source: String, limits: TemplateLimits, limit: String) {
    #expect(TemplateFixtures.failure(source, limits: limits) == .limitExceeded(line: 1, limit: limit))
  }

  @Test func `the deepest template fits a thread with half a megabyte of stack`() {
    let depth = TemplateLimits().nesting - 2
    let sources = [
      "{{ \(Self.nested("(not [", "])", times: depth / 3)) }}",
      "{{ \(Self.nested("f(", ")", times: depth)) }}",
      "{{ \(Self.nested("-", "", times: depth)) }}",
      Self.nested("{% for x in [1] if [x] %}", "{% endfor %}", around: "x", times: depth),
      "{% macro m(a) %}{% for x in [1] if 1 %}{{ [m([a])|upper]|map('upper')|list }}{% endfor %}{% endmacro %}{{ m(1) }}",
      "{% macro m() %}{% filter upper %}{% set x %}{{ m() }}{% endset %}{% endfilter %}{% endmacro %}{{ m() }}",
      "{% set ns = namespace(l=[]) %}{% for a in range(298) %}{% set ns.l = [ns.l] %}{% endfor %}"
        + "{{ ns.l }}{{ ns.l == ns.l|list }}{{ ns.l|tojson }}{{ {(1,): ns.l} }}",
    ]
    let finished = DispatchSemaphore(value: 0)
    let thread = Thread {
      for source in sources { _ = TemplateFixtures.failure(source) }
      finished.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    finished.wait()
  }
}
