/// e^x for x ≤ 0 from IEEE multiplications and additions alone.
///
/// The C library chooses its `exp` by processor and version, and a last bit would be enough to choose another token.
/// Within 2 units in the last place; below -700 it is 0.
package func exponential(_ x: Double) -> Double {
  guard x > -700 else { return 0 }
  let power = Int(x * 1.4426950408889634 - 0.5)
  // ln 2 in two parts, the first with trailing zero bits, so that the product with `power` is exact (Cody and Waite).
  let rest = (x - Double(power) * 0x1.62e42feep-1) - Double(power) * 0x1.a39ef35793c76p-33
  return taylor(rest) * Double(bitPattern: UInt64(power + 1023) << 52)
}

/// Taylor's series of e^x to the precision of a `Double` for |x| ≤ ln 2 / 2: 1/13! … 1/0! by Horner's rule.
private func taylor(_ x: Double) -> Double {
  var sum = x * (1 / 6_227_020_800) + 1 / 479_001_600
  sum = sum * x + 1 / 39_916_800
  sum = sum * x + 1 / 3_628_800
  sum = sum * x + 1 / 362_880
  sum = sum * x + 1 / 40_320
  sum = sum * x + 1 / 5040
  sum = sum * x + 1 / 720
  sum = sum * x + 1 / 120
  sum = sum * x + 1 / 24
  sum = sum * x + 1 / 6
  sum = sum * x + 1 / 2
  return (sum * x + 1) * x + 1
}
