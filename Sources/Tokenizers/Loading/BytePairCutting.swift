import JSON

/// How a text is cut before byte-level pairs, by llama.cpp's name for it in a GGUF file.
struct BytePairCutting {
  private enum Words {
    case gpt2
    /// The family of cl100k, with numbers of at most so many digits.
    case cl100k(digits: Int)
    /// Every digit by itself, then as GPT-2.
    case singleDigits
  }

  private let words: Words
  private let composes: Bool
  /// Words that are tokens stay whole, whatever the merges say.
  let ignoresMerges: Bool

  /// nil for a name that is not known.
  init?(name: String) {
    switch name {
    case "gpt-2", "gpt2", "phi-2", "roberta-bpe", "mpt", "olmo", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de":
      (words, composes, ignoresMerges) = (.gpt2, false, false)
    case "llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral":
      (words, composes, ignoresMerges) = (.cl100k(digits: 3), false, true)
    case "qwen2", "deepseek-r1-qwen", "stablelm2": (words, composes, ignoresMerges) = (.cl100k(digits: 1), true, false)
    case "starcoder", "refact", "command-r", "smollm", "codeshell":
      (words, composes, ignoresMerges) = (.singleDigits, false, false)
    default: return nil
    }
  }

  var normalizer: Normalizer { composes ? .form(.nfc) : .identity }

  var preTokenizer: PreTokenizer {
    switch words {
    case .gpt2: .scan(.gpt2)
    case .cl100k(let digits): .scan(.cl100k(digits: digits))
    case .singleDigits: .sequence([.characters(.numeric, .isolated), .scan(.gpt2)])
    }
  }
}

/// The same in tokenizer.json.
extension BytePairCutting {
  var normalizerJSON: JSONValue { composes ? ["type": "NFC"] : nil }

  var preTokenizerJSON: JSONValue {
    switch words {
    case .gpt2: Self.byteLevel(usesExpression: true)
    case .cl100k(let digits):
      Self.sequence(
        [
          "type": "Split", "pattern": ["Regex": .string(WordScanner.cl100kExpression(digits: digits))],
          "behavior": "Isolated", "invert": false,
        ],
        Self.byteLevel(usesExpression: false)
      )
    case .singleDigits:
      Self.sequence(["type": "Digits", "individual_digits": true], Self.byteLevel(usesExpression: true))
    }
  }

  static func byteLevel(usesExpression: Bool) -> JSONValue {
    ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(usesExpression)]
  }

  private static func sequence(_ steps: JSONValue...) -> JSONValue {
    ["type": "Sequence", "pretokenizers": .array(steps)]
  }
}
