import Foundation

extension RandomStream {
  /// Draws a share from 0 to 1 by a Beta distribution.
  ///
  /// - Precondition: both parameters are above 0.
  public mutating func beta(_ a: Double, _ b: Double) -> Double {
    // By the logarithms: where parameters are small, both numbers may be too small for a Double.
    let (first, second) = (logarithmOfGamma(a), logarithmOfGamma(b))
    return 1 / (1 + exp(second - first))
  }

  /// Draws a number by a normal distribution of mean 0 and deviation 1.
  ///
  /// - Source: Box, Muller (1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }

  /// Draws a number by a Gamma distribution of scale 1, and returns its logarithm.
  ///
  /// - Source: Marsaglia, Tsang, *A Simple Method for Generating Gamma Variables* (2000).
  private mutating func logarithmOfGamma(_ shape: Double) -> Double {
    guard shape >= 1 else {
      let power = log(1 - Double.random(in: 0..<1, using: &self)) / shape
      return logarithmOfGamma(shape + 1) + power
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = 1 + c * x
      guard v > 0 else { continue }
      let cube = 3 * log(v)
      let uniform = log(1 - Double.random(in: 0..<1, using: &self))
      if uniform < 0.5 * x * x + d - d * exp(cube) + d * cube { return log(d) + cube }
    }
  }
}
