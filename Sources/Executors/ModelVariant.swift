package import Jobs
package import Models
import Tensors

/// A model at one precision: what a worker loads once, whoever asks for it.
package struct ModelVariant: Sendable, Hashable {
  /// `name@version`, which never changes its content.
  package let reference: String
  package let precision: ModelPrecision
}

extension ModelPrecision {
  /// What is asked for; f32 where nothing is.
  package init(_ options: RequestedPrecision) {
    self.init(
      weights: options.weights.map(Precision.init) ?? .float32,
      keyValues: options.context.map(KeyValuePrecision.init)
    )
  }
}

extension Precision {
  init(_ precision: WeightPrecision) {
    self =
      switch precision {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8
      case .int4: .int4
      }
  }
}

extension KeyValuePrecision {
  init(_ precision: ContextPrecision) {
    self =
      switch precision {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8
      }
  }
}
