import Foundation
import Numbers

/// A number's text as JSON has it, read without allocating.
struct JSONNumber {
  /// The value, rounded to the nearest as `strtod` does; infinite where it is too large.
  let value: Double
  /// The value as a whole number, if it is one.
  let integer: Int?

  /// Reads a number that is known to be well formed.
  ///
  /// Up to 15 digits and a power of ten up to 22 are exact in a `Double`, so that one multiplication or
  /// division rounds once; what is longer goes to `strtod`.
  ///
  /// - Source: Clinger, *How to Read Floating Point Numbers Accurately* (1990), the fast path.
  init(_ text: UnsafeBufferPointer<UInt8>) {
    var (digits, count, exponent, position) = (0, 0, 0, 0)
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { position = 1 }
    var isWhole = true
    while position < text.count, count < 18 {
      let byte = text[position]
      if byte == UInt8(ascii: ".") {
        isWhole = false
      } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        digits = digits * 10 + Int(byte - UInt8(ascii: "0"))
        if digits > 0 { count += 1 }
        if !isWhole { exponent -= 1 }
      } else {
        break
      }
      position += 1
    }
    if position == text.count, isWhole {
      integer = isNegative ? -digits : digits
      value = isNegative ? -Double(digits) : Double(digits)
    } else {
      if position == text.count, count <= 15, exponent >= -22 {
        let magnitude = Double(digits) / Self.powers[-exponent]
        value = isNegative ? -magnitude : magnitude
      } else {
        value = Double(String(decoding: text, as: UTF8.self)) ?? .nan
      }
      integer = Int(exactly: value)
    }
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
    1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
