"""Prints Sources/Tokenizers/Unicode/DecompositionData.swift from what Hugging Face tokenizers 0.23.3 decomposes.

    python3 make-decompositions.py > ../../../Sources/Tokenizers/Unicode/DecompositionData.swift
"""

from tokenizers import normalizers

HEAD = """\
// Made by Tests/TokenizersTests/Fixtures/make-decompositions.py with Hugging Face tokenizers 0.23.3: do not edit.

/// Full decompositions in hexadecimal, Hangul syllables excepted: `C0+41,300`, with `=` for what does not compose again.
enum DecompositionData {
  static let canonical = \"\"\"
"""


def decompositions(form):
    changed = {}
    for value in range(0x110000):
        if 0xD800 <= value < 0xE000 or 0xAC00 <= value < 0xD7A4:
            continue
        result = form.normalize_str(chr(value))
        if result != chr(value):
            changed[value] = result
    return changed


def entry(value, result, sign):
    return f"{value:X}{sign}" + ",".join(f"{ord(scalar):X}" for scalar in result)


def lines(entries):
    line = "   "
    for each in entries:
        if len(line) + 1 + len(each) > 120:
            yield line
            line = "   "
        line += " " + each
    yield line


composed = normalizers.NFC()
canonical = decompositions(normalizers.NFD())
compatibility = decompositions(normalizers.NFKD())
print(HEAD, end="")
for line in lines(
    entry(value, result, "+" if composed.normalize_str(result) == chr(value) else "=")
    for value, result in canonical.items()
):
    print(line)
print('    """\n\n  /// Those that are not the canonical one.\n  static let compatibility = """')
for line in lines(
    entry(value, result, "=") for value, result in compatibility.items() if result != canonical.get(value)
):
    print(line)
print('    """\n}')
