internal import Checkpoints
internal import Tensors

/// Turns checked checkpoint tensors into parameters, in the order that the architecture builds in.
final class ParameterLoader {
  let room: TrainingRoom
  private let weights: CheckpointWeights
  private let plan: TrainingPlan
  /// Whether only sizes are wanted: values stay zero, and large ones take no memory.
  private let isDry: Bool
  /// Those that learn.
  private(set) var parameters: [Parameter] = []
  /// Those and what stays.
  private(set) var allParameters: [Parameter] = []
  /// The first thing that cannot be done.
  private(set) var problem: TrainableModelError?
  private var adapterCount = 0
  /// Matrices of some megabytes would each leave a part of a huge page empty.
  private let values = BufferArena()
  private let gradients = BufferArena()

  init(_ weights: CheckpointWeights, _ plan: TrainingPlan, isDry: Bool) {
    self.weights = weights
    self.plan = plan
    self.isDry = isDry
    room = TrainingRoom(precision: plan.options.precision)
  }

  /// The tensors [rows, depth] of `names` one below the other, or one [depth, rows].
  func linear(_ names: [String], hasBias: Bool = false, isTransposed: Bool = false) -> TrainedLinear {
    let matrices = stack(names.map { $0 + ".weight" }, isTransposed: isTransposed)
    let weight = parameter(matrices.parts, shape: [matrices.rows, matrices.depth], decays: true)
    let bias = hasBias ? vector(names.map { $0 + ".bias" }) : nil
    return TrainedLinear(
      weight: weight,
      bias: bias,
      adapter: adapter(names, weight),
      room: room
    )
  }

  /// A table [rows, width], or a norm's weights or a bias; several vectors one after the other.
  func vector(_ names: [String], offset: Float = 0) -> Parameter {
    let shape = entry(names[0]).shape
    if shape.count == 2 {
      let matrices = stack(names, isTransposed: false)
      return parameter(matrices.parts, shape: [matrices.rows, matrices.depth], decays: true)
    }
    var parts: [ParameterPart] = []
    var row = 0
    for name in names {
      let shape = entry(name).shape
      let rows = row..<row + shape[0]
      parts.append(ParameterPart(tensor: name, shape: shape, rows: rows, columns: 0..<1, offset: offset))
      row = rows.upperBound
    }
    return parameter(parts, shape: [row], decays: false)
  }

  private func stack(_ names: [String], isTransposed: Bool) -> (parts: [ParameterPart], rows: Int, depth: Int) {
    var parts: [ParameterPart] = []
    var row = 0, depth = 0
    for name in names {
      let shape = entry(name).shape
      depth = isTransposed ? shape[0] : shape[1]
      let rows = row..<row + (isTransposed ? shape[1] : shape[0])
      parts.append(
        ParameterPart(tensor: name, shape: shape, rows: rows, columns: 0..<depth, isTransposed: isTransposed)
      )
      row = rows.upperBound
    }
    return (parts, row, depth)
  }

  private func parameter(_ parts: [ParameterPart], shape: [Int], decays: Bool) -> Parameter {
    let learning = parts.filter { plan.trains($0.tensor) }
    if !learning.isEmpty, learning.count < parts.count, problem == nil {
      problem = .partlyFrozen(tensors: parts.map(\.tensor))
    }
    var values = AlignedBuffer(count: shape.reduce(1, *), arena: values)
    if !isDry { for part in parts { read(part, depth: shape.count > 1 ? shape[1] : 1, into: &values) } }
    let parameter = Parameter(
      shape: shape,
      parts: parts,
      decays: decays,
      isTrainable: !learning.isEmpty,
      values: values,
      gradients: gradients
    )
    if !isDry { for part in parts { continueSaved(part, of: parameter) } }
    keep(parameter)
    return parameter
  }

  /// Takes a module that an adapter replaces as a whole from the adapter that goes on.
  private func continueSaved(_ part: ParameterPart, of parameter: Parameter) {
    guard parameter.isTrainable, let stored = plan.continued(part.tensor) else { return }
    parameter.setStored(stored.values, part)
  }

  private func keep(_ parameter: Parameter) {
    allParameters.append(parameter)
    if parameter.isTrainable { parameters.append(parameter) }
  }

  private func read(_ part: ParameterPart, depth: Int, into values: inout AlignedBuffer) {
    let type = elementType(of: part.tensor)
    if part.isTransposed {
      var turned = AlignedBuffer(count: part.rows.count * depth)
      var offset = 0
      weights.forEachChunk(of: part.tensor) { bytes, _ in offset += turned.convert(bytes, of: type, at: offset) }
      turned.transpose(rows: depth, columns: part.rows.count, into: &values, at: part.rows.lowerBound * depth)
    } else {
      var offset = part.rows.lowerBound * depth
      weights.forEachChunk(of: part.tensor) { bytes, _ in offset += values.convert(bytes, of: type, at: offset) }
    }
    if part.offset != 0 { for index in part.rows { values[index] += part.offset } }
  }

  private func entry(_ name: String) -> TensorEntry {
    guard let tensor = weights[name] else { preconditionFailure("\(name) was not checked before loading") }
    return tensor.entry
  }

  private func elementType(of name: String) -> ElementType {
    guard let type = entry(name).dtype.elementType else {
      preconditionFailure("the dtype of \(name) was not checked before loading")
    }
    return type
  }
}

extension ParameterLoader {
  /// The adapters of the modules that one product computes; nil: none of them has one.
  private func adapter(_ names: [String], _ weight: Parameter) -> LowRankAdapter? {
    guard let lora = plan.lora else { return nil }
    var blocks: [LowRankAdapter.Block] = []
    var downParts: [ParameterPart] = [], upParts: [ParameterPart] = []
    var rank = 0
    let depth = weight.shape[1]
    for (name, part) in zip(names, weight.parts) where plan.targets.contains(name) {
      let module = plan.fullName(name), own = lora.rank(of: module)
      let ranks = rank..<rank + own
      blocks.append(LowRankAdapter.Block(rows: part.rows, ranks: ranks, scale: lora.scale(of: module)))
      let prefix = AdapterCheckpoint.prefix + module
      downParts.append(
        ParameterPart(tensor: prefix + ".lora_A.weight", shape: [own, depth], rows: ranks, columns: 0..<depth)
      )
      upParts.append(
        ParameterPart(
          tensor: prefix + ".lora_B.weight",
          shape: [part.rows.count, own],
          rows: part.rows,
          columns: ranks
        )
      )
      rank += own
    }
    guard rank > 0 else { return nil }
    let down = Parameter(
      shape: [rank, depth],
      parts: downParts,
      decays: true,
      isTrainable: true,
      values: AlignedBuffer(count: rank * depth, arena: values),
      gradients: gradients
    )
    let up = Parameter(
      shape: [weight.shape[0], rank],
      parts: upParts,
      decays: true,
      isTrainable: true,
      values: AlignedBuffer(count: weight.shape[0] * rank, arena: values),
      gradients: gradients
    )
    if !isDry { for index in blocks.indices { initialize(index, down, up) } }
    keep(down)
    keep(up)
    adapterCount += 1
    return LowRankAdapter(down: down, up: up, blocks: blocks, dropout: Float(lora.dropout), index: adapterCount - 1)
  }

  /// Part `index` of A and B: of the adapter that goes on, or A uniform within ± 1/√inputs, as torch's
  /// kaiming_uniform_(a = √5), and B zero.
  private func initialize(_ index: Int, _ down: Parameter, _ up: Parameter) {
    let part = down.parts[index]
    let module = String(part.tensor.dropFirst(AdapterCheckpoint.prefix.count).dropLast(".lora_A.weight".count))
    if let stored = plan.adapter[module], let a = stored.down, let b = stored.up {
      down.setStored(a.values, part)
      up.setStored(b.values, up.parts[index])
      return
    }
    let depth = down.shape[1]
    let bound = 1 / Double(depth).squareRoot()
    let values = (0..<part.rows.count * depth).map { position in
      // Two words for the place: which adapter, and which module of it.
      Float((2 * Philox.uniform(seed: plan.seed, choice: adapterCount << 8 | index, index: position) - 1) * bound)
    }
    down.setStored(values, part)
  }
}
