/// d(loss)/dx by central differences in f64, of a loss that is a sum over outputs.
func centralDifferences(_ x: [Float], step: Double = 1e-5, of loss: ([Double]) -> Double) -> [Double] {
  var x = x.map(Double.init)
  return x.indices.map { index in
    let value = x[index]
    x[index] = value + step
    let above = loss(x)
    x[index] = value - step
    let below = loss(x)
    x[index] = value
    return (above - below) / (2 * step)
  }
}

/// The loss whose gradient is `dy`.
func weighted(_ y: [Double], by dy: [Float]) -> Double {
  zip(y, dy).reduce(0) { $0 + $1.0 * Double($1.1) }
}
