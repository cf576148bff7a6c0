/// Under which tag transformers writes a logged value.
package enum TensorBoardTag {
  /// `eval_loss` is `eval/loss`, `test_loss` is `test/loss`, all others are `train/…`.
  package static func tag(of name: String) -> String {
    for prefix in ["eval", "test"] where name.hasPrefix(prefix + "_") {
      return prefix + "/" + name.dropFirst(prefix.count + 1)
    }
    return "train/" + name
  }
}
