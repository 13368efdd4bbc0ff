import Boxes
import Foundation
import Numbers

/// An image in color on which boxes are drawn, each in its class's color, with a name.
public struct BoxPicture: Sendable, Hashable {
  /// Pixels from left to right.
  public let width: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// The image, [height, width, 3], a byte each.
  public private(set) var pixels: [UInt8]

  /// Takes an image from memory.
  ///
  /// - Precondition: there are three bytes for each pixel.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == width * height * 3,
      "\(pixels.count) bytes are not a \(width)x\(height) image.")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads an image file in its full size.
  ///
  /// - Parameter filledBits: how many of 16 bits are filled, as in what a model was trained on.
  public init(path: String, filledBits: FilledBits = .all) throws(ImageFault) {
    let image = try ColorImage(file: path, filledBits: filledBits)
    self.init(width: image.width, height: image.height, pixels: image.pixels)
  }

  /// A color, as red, green and blue.
  public typealias Color = SIMD3<UInt8>

  /// Eight colors that can be distinguished on most photographs.
  private static let colors: [Color] = [
    [255, 59, 48], [0, 194, 255], [255, 214, 10], [52, 199, 89], [255, 45, 212], [255, 159, 10],
    [94, 92, 230], [182, 255, 0],
  ]

  /// The color of a class.
  public static func color(of label: Int) -> Color { colors[label % colors.count] }

  /// Draws detections in their own pixels, the surest on top, with class and score.
  public mutating func draw(_ detections: [DetectedBox], classNames: [String]) {
    for detection in detections.sorted(by: { $0.score < $1.score }) {
      let name =
        classNames.indices.contains(detection.label)
        ? classNames[detection.label] : String(detection.label)
      draw(
        detection.box, color: Self.color(of: detection.label),
        label: name + String(format: " %.2f", detection.score))
    }
  }

  /// Draws a box, cut off at the image's edges, and words above it, or within where there is no room.
  public mutating func draw(_ box: Box, color: Color, label: String = "") {
    let box = box.clipped(width: Double(width), height: Double(height))
    guard box.hasArea else { return }
    let line = max(1, (min(width, height) + 150) / 300)
    let left = min(Int(clamping: box.x.rounded()), width - 1)
    let top = min(Int(clamping: box.y.rounded()), height - 1)
    let right = max(Int(clamping: box.maxX.rounded()), left + 1)
    let bottom = max(Int(clamping: box.maxY.rounded()), top + 1)
    fill(top..<(top + line), left..<right, color)
    fill((bottom - line)..<bottom, left..<right, color)
    fill(top..<bottom, left..<(left + line), color)
    fill(top..<bottom, (right - line)..<right, color)
    guard !label.isEmpty else { return }
    let size = max(1, (min(width, height) + 100) / 300)
    let (wide, high) = (PixelFont.width(of: label) * size + 2 * size, 9 * size)
    let first = top >= high ? top - high : top + line
    let start = max(0, min(left, width - wide))
    fill(first..<(first + high), start..<(start + wide), color)
    // Dark letters on a bright ground, bright ones on a dark ground.
    let light = 0.299 * Double(color.x) + 0.587 * Double(color.y) + 0.114 * Double(color.z)
    let ink: Color = light > 130 ? [0, 0, 0] : [255, 255, 255]
    PixelFont.draw(label) { row, column in
      let (y, x) = (first + size + row * size, start + size + column * size)
      fill(y..<(y + size), x..<(x + size), ink)
    }
  }

  /// Fills what of a rectangle lies on the image.
  private mutating func fill(_ rows: Range<Int>, _ columns: Range<Int>, _ color: Color) {
    let columns = columns.clamped(to: 0..<width)
    for row in rows.clamped(to: 0..<height) {
      for column in columns {
        let position = (row * width + column) * 3
        (pixels[position], pixels[position + 1], pixels[position + 2]) = (color.x, color.y, color.z)
      }
    }
  }

  /// Returns the picture as a PNG file.
  public func png() -> Data {
    pixels.withUnsafeBufferPointer { PNG.encoded($0, width: width, height: height, channels: 3) }
  }
}

extension DetectionDataset {
  /// Returns an image of the set, in its own size or with its long side reduced to so many pixels.
  public func picture(_ index: Int, longSide: Int? = nil) throws(ImageFault) -> BoxPicture {
    let image = images[index]
    let own = max(image.width, image.height)
    let scale = min(1, Double(longSide ?? own) / Double(own))
    let width = max(1, Int(clamping: (Double(image.width) * scale).rounded()))
    let height = max(1, Int(clamping: (Double(image.height) * scale).rounded()))
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    try pixels.withUnsafeMutableBufferPointer { room throws(ImageFault) in
      try whole(
        index, to: PixelImage(pixels: room, height: height, width: width, channels: 3))
    }
    return BoxPicture(width: width, height: height, pixels: pixels)
  }
}
