import Checkpoints
import Foundation
import Testing

struct AdapterCheckpointTests {
  private let base = [
    SafetensorsFile.Content(
      name: "model.layers.0.self_attn.q_proj.weight",
      shape: [3, 2],
      values: [1, 2, 3, 4, 5, 6]
    ),
    SafetensorsFile.Content(
      name: "model.layers.1.self_attn.q_proj.weight",
      shape: [3, 2],
      values: [1, 1, 1, 1, 1, 1]
    ),
    SafetensorsFile.Content(name: "model.norm.weight", shape: [2], values: [1, 1]),
  ]
  private let prefix = "base_model.model.model.layers."
  private let configuration = #"{"peft_type":"LORA","r":1,"lora_alpha":2,"target_modules":["q_proj"]}"#

  private func pair(_ layer: Int) -> [SafetensorsFile.Content] {
    [
      .init(name: prefix + "\(layer).self_attn.q_proj.lora_A.weight", shape: [1, 2], values: [10, 20]),
      .init(name: prefix + "\(layer).self_attn.q_proj.lora_B.weight", shape: [3, 1], values: [1, 2, 3]),
    ]
  }

  private func merged(
    _ configuration: String,
    _ adapter: [SafetensorsFile.Content],
    base: [SafetensorsFile.Content]? = nil
  ) throws -> CheckpointWeights {
    let directory = try TemporaryDirectory()
    try SafetensorsFile.write(to: directory.path + "/model.safetensors", base ?? self.base)
    try SafetensorsFile.write(to: directory.path + "/adapter_model.safetensors", adapter)
    try directory.write("adapter_config.json", configuration)
    let weights = try CheckpointWeights(directory: directory.path)
    return try weights.applying(try AdapterCheckpoint(directory: directory.path))
  }

  private func reason(_ configuration: String, _ adapter: [SafetensorsFile.Content]) throws -> CheckpointError.Reason? {
    do {
      _ = try merged(configuration, adapter)
      return nil
    } catch let error as CheckpointError {
      return error.reason
    }
  }

  @Test func `alpha / r times B A is added`() throws {
    let weights = try merged(configuration, pair(0) + pair(1))
    let name = "model.layers.0.self_attn.q_proj.weight"
    #expect(weights.values(name) == [21, 42, 43, 84, 65, 126])
    #expect(weights.chunkedValues(name) == weights.values(name))
    #expect(weights.values("model.norm.weight") == [1, 1])
  }

  @Test func `rank stabilisation, patterns and expressions are followed`() throws {
    let adapter = [
      SafetensorsFile.Content(
        name: prefix + "0.self_attn.q_proj.lora_A.weight",
        shape: [4, 2],
        values: [1, 0, 0, 0, 0, 0, 0, 0]
      ),
      SafetensorsFile.Content(
        name: prefix + "0.self_attn.q_proj.lora_B.weight",
        shape: [3, 4],
        values: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      ),
    ]
    let text =
      #"{"r":1,"lora_alpha":2,"use_rslora":true,"target_modules":".*q_proj","rank_pattern":{"0.self_attn.q_proj":4}}"#
    #expect(try merged(text, adapter).values("model.layers.0.self_attn.q_proj.weight") == [2, 2, 3, 4, 5, 6])
  }

  @Test(arguments: [
    (#"{"q_proj":4}"#, 2), (#"{".*q_proj":4}"#, 2), (#"{"layers\\.[0-3]\\.self_attn\\.(q|v)_proj":4,"q_proj":1}"#, 2),
    (#"{"k_proj":1,"_proj":9,"layers.1.*":9}"#, 8),
  ])
  func `patterns are expressions for the ends of names, and the first counts`(pattern: String, scale: Float) throws {
    let text =
      #"{"r":1,"lora_alpha":8,"target_modules":".*q_proj","alpha_pattern":\#(pattern.replacing("4", with: "2"))}"#
    let plain = try merged(#"{"r":1,"lora_alpha":0,"target_modules":".*q_proj"}"#, pair(0))
    let name = "model.layers.0.self_attn.q_proj.weight"
    let one = try merged(#"{"r":1,"lora_alpha":1,"target_modules":".*q_proj"}"#, pair(0))
    let expected = zip(plain.values(name), one.values(name)).map { $0 + scale * ($1 - $0) }
    #expect(try merged(text, pair(0)).values(name) == expected)
  }

  @Test func `weights that are stored inputs first get the transposed product`() throws {
    let base = [SafetensorsFile.Content(name: "h.0.attn.c_attn.weight", shape: [2, 3], values: [0, 0, 0, 0, 0, 0])]
    let name = "base_model.model.transformer.h.0.attn.c_attn."
    let adapter = [
      SafetensorsFile.Content(name: name + "lora_A.weight", shape: [1, 2], values: [10, 20]),
      SafetensorsFile.Content(name: name + "lora_B.weight", shape: [3, 1], values: [1, 2, 3]),
    ]
    let text = #"{"r":1,"lora_alpha":1,"fan_in_fan_out":true,"target_modules":["c_attn"]}"#
    #expect(try merged(text, adapter, base: base).values("h.0.attn.c_attn.weight") == [10, 20, 30, 20, 40, 60])
  }

  @Test func `modules that were trained as a whole replace the base's`() throws {
    let text = #"{"r":1,"lora_alpha":2,"target_modules":["q_proj"],"modules_to_save":["norm"]}"#
    let norm = SafetensorsFile.Content(name: "base_model.model.model.norm.weight", shape: [2], values: [5, 6])
    #expect(try merged(text, pair(0) + pair(1) + [norm]).values("model.norm.weight") == [5, 6])
    #expect(try reason(configuration, pair(0) + pair(1) + [norm]) == .adapterTensorWithoutBase(norm.name))
  }

  @Test func `an adapter that does not fit is refused by the tensor`() throws {
    let half = Array(pair(0).prefix(1)) + pair(1)
    #expect(try reason(configuration, half) == .missingTensor("model.layers.0.self_attn.q_proj.lora_B"))
    #expect(
      try reason(configuration, pair(0)) == .missingTensor("model.layers.1.self_attn.q_proj.lora_A.weight")
    )
    let stranger = SafetensorsFile.Content(name: "model.norm.weight", shape: [2], values: [1, 1])
    #expect(try reason(configuration, [stranger]) == .unexpectedTensor(stranger.name))
    let wide = [
      SafetensorsFile.Content(name: prefix + "0.self_attn.q_proj.lora_A.weight", shape: [1, 3], values: [1, 1, 1]),
      pair(0)[1],
    ]
    #expect(
      try reason(configuration, wide + pair(1))
        == .shapeMismatch(tensor: wide[0].name, expected: [1, 2], actual: [1, 3])
    )
  }

  @Test(
    arguments: [
      (#"{"peft_type":"IA3"}"#, .unsupported(key: "peft_type", value: #""IA3""#, supported: "LORA")),
      (#"{"use_dora":true}"#, .unsupported(key: "use_dora", value: "true", supported: "none")),
      (#"{"lora_alpha":2}"#, .missingKey("r")),
      (#"{"r":0,"lora_alpha":2}"#, .invalidValue(key: "r", problem: "is not within 1...16384")),
      (#"{"r":1}"#, .missingKey("lora_alpha")),
      (
        #"{"r":1,"lora_alpha":2,"target_modules":["q_proj","v_proj"]}"#,
        .invalidValue(key: "target_modules", problem: "names v_proj, which the weights do not adapt")
      ),
      (
        #"{"r":1,"lora_alpha":2,"alpha_pattern":{"(q_proj":1}}"#,
        .invalidValue(
          key: "alpha_pattern",
          problem: "holds '(q_proj', which is no regular expression for names of modules"
        )
      ),
    ] as [(String, CheckpointError.Reason)]
  )
  func `a configuration that cannot be followed is refused by its key`(
    text: String,
    expected: CheckpointError.Reason
  ) throws {
    #expect(try reason(text, pair(0) + pair(1)) == expected)
  }

  @Test func `a pickled adapter is refused with the way out`() throws {
    let directory = try TemporaryDirectory()
    try directory.write("adapter_config.json", configuration)
    try directory.write("adapter_model.bin", "PK")
    let error = #expect(throws: CheckpointError.self) { try AdapterCheckpoint(directory: directory.path) }
    #expect(error?.reason == .pickledWeights)
    #expect(error?.description.contains("adapter_model.safetensors") == true)
  }
}
