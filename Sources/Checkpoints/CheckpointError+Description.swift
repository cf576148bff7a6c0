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
    case .missingWeights: "has no model.safetensors and no model.safetensors.index.json"
    case .unsafeFileName(let name): "names a file outside the directory or of an unusual name (\(quoted(name)))"
    case .missingKey(let key): "\(key) is missing"
    case .invalidValue(let key, let problem): "\(key) \(problem)"
    case .unsupported(let key, let value, let supported): "\(key) is \(quoted(value)), supported: \(supported)"
    default: safetensorsProblem ?? modelProblem
    }
  }

  private var safetensorsProblem: String? {
    switch reason {
    case .truncatedHeader(let bytes): "ends inside the header (\(bytes) bytes)"
    case .headerTooLarge(let bytes): "says that its header has \(bytes) bytes; the format allows 100000000"
    case .headerBeyondFile(let header, let file): "says that its header has \(header) bytes, but the file has \(file)"
    case .headerDoesNotStartWithBrace: "has a header that does not start with '{'"
    case .invalidJSON(let text): "holds invalid JSON (\(text))"
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

  private var modelProblem: String {
    switch reason {
    case .invalidIndex(let problem): problem
    case .tensorNotInShard(let tensor, let shard): "says that \(quoted(tensor)) is in \(shard), where it is not"
    case .tensorNotInIndex(let tensor, let shard): "does not list \(quoted(tensor)), which is in \(shard)"
    case .missingTensor(let tensor): "tensor \(tensor) is missing"
    case .unexpectedTensor(let tensor): "tensor \(quoted(tensor)) does not belong to this architecture"
    case .shapeMismatch(let tensor, let expected, let actual):
      "tensor \(tensor) has shape \(actual); config.json asks for \(expected)"
    case .unsupportedDType(let tensor, let dtype): "tensor \(tensor) has dtype \(dtype), supported: F32, F16, BF16"
    default: "is not usable"
    }
  }

  var nextStep: String {
    switch reason {
    case .missingFile, .notARegularFile: "check the path"
    case .cannotRead, .cannotWrite: "check the permissions and the disk"
    case .pickledWeights: "convert it to model.safetensors where you trust it (save_pretrained with safe_serialization)"
    case .missingTokenizer: "copy the tokenizer files of the model into the directory"
    case .missingWeights: "copy the safetensors files of the model into the directory"
    case .unsupported, .unsupportedDType: "use a model of a supported kind"
    case .missingKey, .invalidValue: "correct this file or fetch it again"
    case .unexpectedTensor, .shapeMismatch, .missingTensor: "take config.json and weights from the same model"
    default: "fetch the file again"
    }
  }

  /// Names come from hostile files: short, and without control characters.
  private func quoted(_ name: String) -> String {
    let visible = name.unicodeScalars.prefix(120).map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
    }
    return "'" + visible.joined() + (name.unicodeScalars.count > 120 ? "…'" : "'")
  }
}
