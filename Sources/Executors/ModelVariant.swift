package import Jobs
package import Models
import Registry
import Tensors

/// A model at one precision: what a worker loads once, whoever asks for it.
package struct ModelVariant: Sendable, Hashable {
  /// `name@version` or `base@version+adapter@version`, which never change their content.
  package let reference: String
  package let precision: ModelPrecision

  package init(reference: String, precision: ModelPrecision) {
    self.reference = reference
    self.precision = precision
  }

  /// What an adapter's model is without it; nil for a model.
  var base: ModelVariant? {
    let parts = ModelReference(reference)
    return parts.adapter == nil ? nil : ModelVariant(reference: parts.base, precision: precision)
  }
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
