import CImages
import Masks
import Numbers

/// A mask file's numbers, before it is known what they stand for.
struct RawMask {
  let size: ImageSize
  /// Whether the numbers are places in a palette.
  let isPalette: Bool
  /// Whether the file has 16 bits a number.
  let isWide: Bool
  /// 1 of numbers, 3 of colours.
  let channels: Int
  /// The numbers, [H, W, channels].
  let numbers: [UInt16]

  /// A colour as one number, red first.
  static func colour(_ red: UInt16, _ green: UInt16, _ blue: UInt16) -> Int {
    Int(red) << 16 | Int(green) << 8 | Int(blue)
  }

  /// How many pixels have each number, or each colour.
  var counts: [Int: Int] {
    var counts: [Int: Int] = [:]
    if channels == 1 {
      var table = [Int](repeating: 0, count: isWide ? 65_536 : 256)
      for number in numbers { table[Int(number)] += 1 }
      for (number, count) in table.enumerated() where count > 0 { counts[number] = count }
      return counts
    }
    // Neighbours are mostly of one colour, so a dictionary is asked seldom.
    var (last, run) = (-1, 0)
    for place in stride(from: 0, to: numbers.count, by: 3) {
      let colour = Self.colour(numbers[place], numbers[place + 1], numbers[place + 2])
      if colour != last {
        if run > 0 { counts[last, default: 0] += run }
        (last, run) = (colour, 0)
      }
      run += 1
    }
    if run > 0 { counts[last, default: 0] += run }
    return counts
  }
}

extension ImageDecoder {
  /// Why a mask cannot be read.
  enum MaskFault: Error {
    case image(ImageFault)
    case notPNG
  }

  /// Reads a mask file with its exact numbers: a palette's places, and all 16 bits.
  func mask(of path: String) throws(MaskFault) -> RawMask {
    let size: ImageSize
    do throws(ImageFault) { size = try openStored(path) } catch { throw .image(error) }
    guard isPNG else { throw .notPNG }
    var header = ci_mask_header()
    guard ci_png_mask(png, &header) else { throw .image(pngFault) }
    let channels = Int(header.channels)
    var numbers = [UInt16](repeating: 0, count: size.area * channels)
    let done = numbers.withUnsafeMutableBufferPointer {
      ci_png_decode_mask(png, $0.baseAddress)
    }
    guard done else { throw .image(pngFault) }
    return RawMask(
      size: size, isPalette: header.is_palette, isWide: header.bits == 16, channels: channels,
      numbers: numbers)
  }
}
