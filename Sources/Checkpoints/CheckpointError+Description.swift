extension CheckpointError {
  var problem: String {
    switch reason {
    case .missingFile: "there is no such file"
    case .notARegularFile: "this is not a regular file"
    case .cannotRead(let errno): "cannot be read (\(systemErrorText(errno)))"
    case .cannotWrite(let errno): "cannot be written (\(systemErrorText(errno)))"
    case .tooLarge(let bytes, let limit): "has \(bytes) bytes; the limit is \(limit)"
    case .pickledWeights: "holds its weights as a pickle, which can run code when it is read"
    case .missingTokenizer: "has no tokenizer.json, tokenizer.model, vocab.json with merges.txt, or vocab.txt"
    case .missingWeights: "has no model.safetensors, model.safetensors.index.json or GGUF file"
    case .unsafeFileName(let name): "names a file outside the directory or of an unusual name (\(quoted(name)))"
    case .missingKey(let key): "\(key) is missing"
    case .invalidValue(let key, let problem): "\(key) \(shown(problem))"
    case .unsupported(let key, let value, let supported): "\(key) is \(quoted(value)), supported: \(supported)"
    default: safetensorsProblem ?? ggufProblem ?? modelProblem
    }
  }

  private var safetensorsProblem: String? {
    switch reason {
    case .truncatedHeader(let bytes): "ends inside the header (\(bytes) bytes)"
    case .metadataTooLarge(let limit): "has more than \(limit) bytes of metadata"
    case .headerTooLarge(let bytes): "says that its header has \(bytes) bytes; the format allows 100000000"
    case .headerBeyondFile(let header, let file): "says that its header has \(header) bytes, but the file has \(file)"
    case .headerDoesNotStartWithBrace: "has a header that does not start with '{'"
    case .invalidJSON(let text): "holds invalid JSON (\(text))"
    case .repeatedTensor(let tensor): "tensor \(quoted(tensor)) is there twice"
    case .invalidEntry(let tensor, let problem): "tensor \(quoted(tensor)) \(problem)"
    case .unknownDType(let tensor, let dtype): "tensor \(quoted(tensor)) has the unknown dtype \(quoted(dtype))"
    case .shapeOverflow(let tensor): "tensor \(quoted(tensor)) has a shape whose size overflows"
    case .sizeMismatch(let tensor, let expected, let actual):
      "tensor \(quoted(tensor)) has \(actual) bytes; its dtype and shape need \(expected)"
    case .offsetsBeyondData(let tensor, let end, let bytes):
      "tensor \(quoted(tensor)) ends at byte \(end) of \(bytes) bytes of data"
    case .overlap(let tensor, let other): "tensors \(quoted(other)) and \(quoted(tensor)) overlap"
    case .hole(let start, let end): "bytes \(start) to \(end) of the data belong to no tensor"
    case .trailingBytes(let count): "has \(count) bytes after the last tensor"
    default: nil
    }
  }

  private var ggufProblem: String? {
    switch reason {
    case .notGGUF: "does not start with GGUF"
    case .bigEndianGGUF: "is a big-endian GGUF file"
    case .unsupportedGGUFVersion(let version): "is GGUF version \(version), supported: 2, 3"
    case .endsInside(let what, let bytes): "ends inside \(quoted(what)) (\(bytes) bytes)"
    case .countBeyondFile(let what, let count, let bytes):
      "says that \(quoted(what)) has \(count) elements, more than \(bytes) bytes hold"
    case .invalidGGUF(let what, let problem): "\(quoted(what)) \(problem)"
    case .unsupportedGGMLType(let tensor, let type):
      "tensor \(quoted(tensor)) has the type \(type), supported: \(GGMLType.supported)"
    case .splitGGUF(let parts): "is one of \(parts) parts of a model"
    case .severalGGUF(let count): "holds \(count) GGUF files"
    default: nil
    }
  }

  private var modelProblem: String {
    switch reason {
    case .invalidIndex(let problem): problem
    case .tensorNotInShard(let tensor, let shard): "says that \(quoted(tensor)) is in \(shard), where it is not"
    case .tensorNotInIndex(let tensor, let shard): "does not list \(quoted(tensor)), which is in \(shard)"
    case .adapterTensorWithoutBase(let tensor):
      "tensor \(quoted(tensor)) is for no tensor of the base model that the adapter may change"
    case .missingTensor(let tensor): "tensor \(shown(tensor)) is missing"
    case .unexpectedTensor(let tensor): "tensor \(quoted(tensor)) does not belong to this architecture"
    case .shapeMismatch(let tensor, let expected, let actual):
      "tensor \(shown(tensor)) has shape \(actual); the configuration asks for \(expected)"
    case .insufficientMemory(let needed, let available, let source):
      "needs \(megabytes(needed)) of memory, \(megabytes(available)) are available (\(source))"
    case .unsupportedDType(let tensor, let dtype):
      "tensor \(shown(tensor)) has dtype \(dtype), supported: F32, F16, BF16"
    default: "is not usable"
    }
  }

  var nextStep: String {
    switch reason {
    case .missingFile, .notARegularFile: "check the path"
    case .cannotRead, .cannotWrite: "check the permissions and the disk"
    case .pickledWeights where path.contains("consolidated."): "take the edition of the model for transformers"
    case .pickledWeights: "convert it to model.safetensors where you trust it: \(conversion)"
    case .notGGUF: "name a model directory or a GGUF file"
    case .bigEndianGGUF: "convert it to little-endian (gguf-convert-endian of the Python package gguf)"
    case .unsupportedGGUFVersion: "convert the model again with a current llama.cpp"
    case .unsupportedGGMLType: "take the model in one of these types"
    case .splitGGUF: "join the parts (llama-gguf-split --merge FIRST OUT)"
    case .severalGGUF: "name the file itself"
    case .missingTokenizer: "copy the tokenizer files of the model into the directory"
    case .missingWeights: "copy the weights of the model into the directory"
    case .unsupported, .unsupportedDType: "use a model of a supported kind"
    case .missingKey, .invalidValue: "correct this file or fetch it again"
    case .insufficientMemory: "free memory, raise the limit, take a smaller model or a lower precision"
    case .adapterTensorWithoutBase: "apply the adapter to the model that it was trained on"
    case .unexpectedTensor, .shapeMismatch, .missingTensor: "take config.json and weights from the same model"
    default: "fetch the file again"
    }
  }

  private func quoted(_ name: String) -> String { "'" + shown(name, limit: 120) + "'" }

  /// Names come from hostile files: short, and without control characters.
  private func shown(_ text: String, limit: Int = 300) -> String {
    let visible = text.unicodeScalars.prefix(limit).map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
    }
    return visible.joined() + (text.unicodeScalars.count > limit ? "…" : "")
  }

  /// A line of Python that writes safetensors beside the pickle; each tensor for itself, since the format has no shared
  /// ones.
  private var conversion: String {
    let target = path.hasSuffix("adapter_model.bin") ? "adapter_model.safetensors" : "model.safetensors"
    return """
      python3 -c "import sys, torch, safetensors.torch as s; s.save_file({k: v.contiguous().clone() for k, v in \
      torch.load(sys.argv[1], map_location='cpu', weights_only=True).items()}, '\(target)')" '\(path)'
      """
  }

  private func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000) MB" }
}
