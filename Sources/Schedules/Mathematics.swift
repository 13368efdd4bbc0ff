import Foundation

// The functions that schedules are made of, under names that no member of theirs hides.

func sineOf(_ x: Double) -> Double { sin(x) }
func cosineOf(_ x: Double) -> Double { cos(x) }
func logarithm(_ x: Double) -> Double { log(x) }
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// Returns base^exponent; a few multiplications are quicker than a logarithm, and as exact.
func power(_ base: Double, _ exponent: Int) -> Double {
  guard (0..<8).contains(exponent) else { return pow(base, Double(exponent)) }
  var product = 1.0
  for _ in 0..<exponent { product *= base }
  return product
}

/// Returns 1 / 2^count, exactly; nothing is left of it in a Double after some 1,074 halvings.
func halved(_ count: Int) -> Double { scalbn(1, -min(max(0, count), 2_000)) }
