import Foundation
import TestSupport

/// A data set of four IDX files: pictures of 12 by 12 pixels with a bright quarter, which is the class.
enum TinyData {
  static func write(to directory: TemporaryDirectory, train: Int = 64, test: Int = 16) throws {
    try directory.write(images(train), "train-images-idx3-ubyte")
    try directory.write(labels(train), "train-labels-idx1-ubyte")
    try directory.write(images(test), "t10k-images-idx3-ubyte")
    try directory.write(labels(test), "t10k-labels-idx1-ubyte")
  }

  private static let side = 12

  private static func header(_ kind: UInt8, _ sizes: [Int]) -> [UInt8] {
    [0, 0, 8, kind]
      + sizes.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } }
  }

  private static func images(_ count: Int) -> [UInt8] {
    let pixels = (0..<count).flatMap { image in
      (0..<side * side).map { pixel in
        let quarter = 2 * (pixel / side / 6) + pixel % side / 6
        let grain = (image * 31 + pixel * 17) % 40
        return UInt8(grain + (quarter == image % 4 ? 150 : 30))
      }
    }
    return header(3, [count, side, side]) + pixels
  }

  private static func labels(_ count: Int) -> [UInt8] {
    header(1, [count]) + (0..<count).map { UInt8($0 % 4) }
  }
}
