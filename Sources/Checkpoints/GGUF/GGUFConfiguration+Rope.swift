internal import Glibc
internal import JSON

extension GGUFConfiguration {
  /// `rope_scaling` of config.json; null without any.
  func ropeScaling(headSize: Int) throws(CheckpointError) -> JSONValue {
    if let scaling = try longRope() { return scaling }
    if let scaling = try frequencyFactors(headSize: headSize) { return scaling }
    let oldLinear = try number("rope.scale_linear")
    let factor = try number("rope.scaling.factor") ?? oldLinear ?? 1
    let type = try file.metadata.string(qualified("rope.scaling.type"))
    switch type ?? "linear" {
    case "none": return .null
    case "linear": return factor == 0 || factor == 1 ? .null : ["rope_type": "linear", "factor": .number(factor)]
    case "yarn": return try yarn(factor: factor)
    case let other: throw unsupported("rope.scaling.type", other, supported: "none, linear, yarn")
    }
  }

  /// llama.cpp multiplies the factor of the scores onto YaRN's own one, Hugging Face takes it for the whole.
  private func yarn(factor: Double) throws(CheckpointError) -> JSONValue {
    guard factor >= 1 else { throw unsupported("rope.scaling.factor", "\(factor)", supported: "1 and above") }
    var object: JSONObject = ["rope_type": "yarn", "factor": .number(factor)]
    if let original = try integer("rope.scaling.original_context_length") {
      object["original_max_position_embeddings"] = JSONValue(original)
    }
    if let attention = try number("rope.scaling.attn_factor"), attention != 1 {
      object["attention_factor"] = .number(attention * (0.1 * log(factor) + 1))
    }
    if let fast = try number("rope.scaling.yarn_beta_fast") { object["beta_fast"] = .number(fast) }
    if let slow = try number("rope.scaling.yarn_beta_slow") { object["beta_slow"] = .number(slow) }
    return .object(object)
  }

  /// Phi-3: one factor for each frequency, two sets of them.
  private func longRope() throws(CheckpointError) -> JSONValue? {
    guard let long = try factors(GGUFArchitecture.longRopeFactors) else { return nil }
    guard let short = try factors(GGUFArchitecture.shortRopeFactors) else {
      throw CheckpointError(path: file.path, .missingTensor(GGUFArchitecture.shortRopeFactors))
    }
    var object: JSONObject = [
      "rope_type": "longrope", "long_factor": .array(long.map { .number($0) }),
      "short_factor": .array(short.map { .number($0) }),
    ]
    if let original = try integer("rope.scaling.original_context_length") {
      object["original_max_position_embeddings"] = JSONValue(original)
    }
    if let attention = try number("rope.scaling.attn_factor") { object["attention_factor"] = .number(attention) }
    return .object(object)
  }

  /// Llama 3.1: its scaling is stored as one factor for each frequency. Factors that its published parameters do not
  /// give are kept as they are: longrope with the same ones for any length divides by them too.
  private func frequencyFactors(headSize: Int) throws(CheckpointError) -> JSONValue? {
    guard let factors = try factors(GGUFArchitecture.ropeFactors) else { return nil }
    guard let largest = factors.max(), largest > 1 else { return .null }
    let candidate = Llama3Scaling(factor: largest.rounded())
    if candidate.agrees(with: factors, theta: try ropeTheta(), headSize: headSize) { return candidate.json }
    let values = JSONValue.array(factors.map { .number($0) })
    return [
      "rope_type": "longrope", "long_factor": values, "short_factor": values, "attention_factor": 1.0, "factor": 1.0,
      "original_max_position_embeddings": JSONValue(try integer("context_length") ?? 1),
    ]
  }

  private func factors(_ name: String) throws(CheckpointError) -> [Double]? {
    guard let tensor = file.tensors.first(where: { $0.name == name }) else { return nil }
    guard tensor.type == .float32, tensor.shape.count == 1, tensor.shape[0] <= Self.maximumFactorCount else {
      throw CheckpointError(path: file.path, .invalidGGUF(what: name, problem: "is no short list of F32"))
    }
    let values = file.file.withBytes(tensor.range) { bytes in
      (0..<tensor.shape[0]).map { Float(bitPattern: bytes.unsigned32(at: 4 * $0)) }
    }
    guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw CheckpointError(path: file.path, .invalidGGUF(what: name, problem: "holds a factor that is not above 0"))
    }
    return values.map { Double("\($0)") ?? Double($0) }
  }

  private static let maximumFactorCount = 4096
}

/// The parameters of Llama 3.1 and 3.2; only the factor differs between their sizes.
private struct Llama3Scaling {
  let factor: Double
  let lowFrequencyFactor = 1.0
  let highFrequencyFactor = 4.0
  let originalMaxPositionCount = 8192

  private static let tolerance = 1e-5

  var json: JSONValue {
    [
      "rope_type": "llama3", "factor": .number(factor), "low_freq_factor": .number(lowFrequencyFactor),
      "high_freq_factor": .number(highFrequencyFactor),
      "original_max_position_embeddings": JSONValue(originalMaxPositionCount),
    ]
  }

  func agrees(with factors: [Double], theta: Double, headSize: Int) -> Bool {
    factors.count == headSize / 2
      && factors.indices.allSatisfy { index in
        let frequency = pow(theta, -Double(2 * index) / Double(headSize))
        return abs(divisor(of: frequency) / factors[index] - 1) <= Self.tolerance
      }
  }

  private func divisor(of frequency: Double) -> Double {
    let turns = Double(originalMaxPositionCount) * frequency / (2 * Double.pi)
    if turns > highFrequencyFactor { return 1 }
    if turns < lowFrequencyFactor { return factor }
    let smooth = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return 1 / ((1 - smooth) / factor + smooth)
  }
}
