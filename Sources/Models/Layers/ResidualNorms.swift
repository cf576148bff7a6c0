/// Where a block normalises around one of its layers: x = after(x + update(layer(before(x)))).
///
/// Llama and GPT-2 have `before` (pre-norm, Xiong et al. 2020), BERT `after` (post-norm, Vaswani et al. 2017), Gemma 2
/// and 3 `before` and `update`.
struct ResidualNorms: ~Copyable, Sendable {
  let before: Norm?
  let update: Norm?
  let after: Norm?

  init(before: consuming Norm? = nil, update: consuming Norm? = nil, after: consuming Norm? = nil) {
    self.before = before
    self.update = update
    self.after = after
  }
}
