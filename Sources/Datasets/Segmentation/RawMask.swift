import Masks
import Numbers

/// A mask file's numbers, before it is known what they stand for.
struct RawMask {
  let size: ImageSize
  /// The colors of a palette's 256 places, of which the numbers are; nil where they are none.
  let palette: [Int]?
  /// Whether the file has 16 bits a number.
  let isWide: Bool
  /// Whether the file has transparency that differs from pixel to pixel.
  let alphaVaries: Bool
  /// 1 of numbers, 3 of colors.
  let channels: Int
  /// The numbers, [H, W, channels].
  let numbers: [UInt16]

  /// A color as one number, red first.
  static func color(_ red: UInt16, _ green: UInt16, _ blue: UInt16) -> Int {
    Int(red) << 16 | Int(green) << 8 | Int(blue)
  }

  /// How many pixels have each number, or each color.
  var counts: [Int: Int] {
    var counts: [Int: Int] = [:]
    if channels == 1 {
      var table = [Int](repeating: 0, count: isWide ? 65_536 : 256)
      for number in numbers { table[Int(number)] += 1 }
      for (number, count) in table.enumerated() where count > 0 { counts[number] = count }
      return counts
    }
    // Neighbors are mostly of one color, so a dictionary is asked seldom.
    var (last, run) = (-1, 0)
    for position in stride(from: 0, to: numbers.count, by: 3) {
      let color = Self.color(numbers[position], numbers[position + 1], numbers[position + 2])
      if color != last {
        if run > 0 { counts[last, default: 0] += run }
        (last, run) = (color, 0)
      }
      run += 1
    }
    if run > 0 { counts[last, default: 0] += run }
    return counts
  }
}
