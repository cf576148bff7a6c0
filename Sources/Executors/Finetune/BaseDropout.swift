import Checkpoints
import JSON
import Queue

/// The dropout that a model's configuration asks for in training. None of it is applied: transformers does, so that its
/// losses are other ones where this is not 0.
struct BaseDropout {
  /// Keys of config.json and their rates.
  let rates: [(key: String, rate: Double)]

  private static let keys = [
    "attn_pdrop", "resid_pdrop", "embd_pdrop", "attention_dropout", "hidden_dropout", "resid_dropout", "embd_dropout",
  ]

  init(_ configuration: JSONObject) {
    rates = Self.keys.compactMap { key in
      configuration[key]?.double.flatMap { $0 > 0 ? (key, $0) : nil }
    }
  }

  init(directory: String) throws(CheckpointError) {
    self.init(try CheckpointDirectory(path: directory).configuration)
  }

  var notes: [JobNote] {
    rates.map { key, rate in
      JobNote(
        "parameter_ignored",
        data: ["parameter": .string(key), "value": .number(rate)],
        message:
          "the model's configuration asks for a dropout of \(rate) in training, which is not applied; lora_dropout, weight_decay and early stopping are there against learning by heart"
      )
    }
  }
}
