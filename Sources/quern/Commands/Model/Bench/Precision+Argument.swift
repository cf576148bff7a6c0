import ArgumentParser
import Tensors

extension Precision: ExpressibleByArgument {}
extension KeyValuePrecision: ExpressibleByArgument {}
