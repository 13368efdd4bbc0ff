import Boxes
import Foundation
import Numbers
import Randomness

/// Changes a training image and its boxes a little, differently each time it is seen.
///
/// The image is turned or mirrored, scaled, and laid down anywhere in its frame; of one that is larger
/// than the frame a part is seen, which always holds the middle of one of its objects, drawn at random.
/// So a small object is cropped to as often as a large one. All that is one resampling; colors come
/// after it. What is done follows from the seed, the epoch and the image's number alone.
///
/// Boxes are cut off at the edge of what is seen. One of which less than `minimumVisible` of its area is
/// left, or less than 2 pixels on a side, is put with the ignored regions: it need not be found, and
/// finding it is not wrong.
public struct BoxAugmentation: Sendable, Hashable {
  /// Whether half of the images are mirrored left to right.
  public var flips: Bool
  /// Whether half of the images are mirrored top to bottom: for objects without a canonical orientation.
  public var verticalFlips: Bool
  /// Whether images are rotated by 0, 90, 180 or 270 degrees, each as often.
  public var rotates90: Bool
  /// The scale, where at 1 the whole image just fits into its frame; twice is drawn as often as half.
  public var scale: ClosedRange<Double>
  /// How brightness, contrast, saturation and hue are changed, if they are.
  public var colorJitter: ColorJitter?
  /// The share of images that are mosaics of four: itself and three others of the set, each in a
  /// quarter of the frame about a point near its middle.
  ///
  /// - Source: Bochkovskiy et al., *YOLOv4* (2020), section 3.3.
  public var mosaic: Double
  /// The share of its area that must be left of a box which is to be found.
  public var minimumVisible: Double

  /// Creates an augmentation.
  ///
  /// - Precondition: the scale is above 0, the shares are from 0 to 1.
  public init(
    flips: Bool = false, verticalFlips: Bool = false, rotates90: Bool = false,
    scale: ClosedRange<Double> = 1...1, colorJitter: ColorJitter? = nil, mosaic: Double = 0,
    minimumVisible: Double = 0.3
  ) {
    precondition(scale.lowerBound > 0, "A scale is above 0.")
    precondition(
      (0...1).contains(mosaic) && (0...1).contains(minimumVisible), "A share is from 0 to 1.")
    self.flips = flips
    self.verticalFlips = verticalFlips
    self.rotates90 = rotates90
    self.scale = scale
    self.colorJitter = colorJitter
    self.mosaic = mosaic
    self.minimumVisible = minimumVisible
  }

  /// Leaves images as they are, each whole, somewhere in its frame.
  public static let none = BoxAugmentation()

  /// What suits photographs: mirrored, scaled from 3/4 to 3/2, in other light.
  public static let `default` = BoxAugmentation(
    flips: true, scale: 0.75...1.5,
    colorJitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2))

  /// An image and how it is laid down.
  struct Piece {
    var index: Int
    var tile: Tile
  }

  /// Draws of which images a batch's image is made, the image itself first.
  func pieces(
    of index: Int, among images: [AnnotatedImage], width: Int, height: Int,
    _ stream: inout RandomStream
  ) -> [Piece] {
    let whole = PixelRectangle(left: 0, top: 0, width: width, height: height)
    guard mosaic > 0, Double.random(in: 0..<1, using: &stream) < mosaic else {
      return [
        Piece(index: index, tile: tile(images[index], in: whole, of: whole, &stream))
      ]
    }
    func cut(_ side: Int) -> Int {
      let middle = Double.random(in: 0.35...0.65, using: &stream)
      return min(max(1, Int(clamping: middle * Double(side))), side - 1)
    }
    let (x, y) = (cut(width), cut(height))
    var quarters = [
      PixelRectangle(left: 0, top: 0, width: x, height: y),
      PixelRectangle(left: x, top: 0, width: width - x, height: y),
      PixelRectangle(left: 0, top: y, width: x, height: height - y),
      PixelRectangle(left: x, top: y, width: width - x, height: height - y),
    ]
    quarters.shuffle(using: &stream)
    return quarters.enumerated().map { number, quarter in
      let index = number == 0 ? index : Int.random(in: images.indices, using: &stream)
      return Piece(index: index, tile: tile(images[index], in: quarter, of: whole, &stream))
    }
  }

  /// Draws how an image is laid down in a part of the frame.
  private func tile(
    _ image: AnnotatedImage, in part: PixelRectangle, of whole: PixelRectangle,
    _ stream: inout RandomStream
  ) -> Tile {
    let orientation = orientation(&stream)
    let seen = orientation.seenSize(width: Double(image.width), height: Double(image.height))
    let fit = min(Double(whole.width) / seen.width, Double(whole.height) / seen.height)
    let zoom = exp(
      Double.random(in: log(scale.lowerBound)...log(scale.upperBound), using: &stream))
    let scale = fit * zoom
    let object = image.boxes.randomElement(using: &stream).map {
      orientation.seen(
        $0.box.clipped(width: Double(image.width), height: Double(image.height)),
        width: Double(image.width), height: Double(image.height))
    }
    /// Draws where the image begins along one side.
    func position(_ length: Double, _ start: Int, _ room: Int, keeping middle: Double?) -> Double {
      let (start, room) = (Double(start), Double(room))
      guard length > room else {
        // What is drawn for one that just fits is that it stays where it is.
        return start + Double.random(in: 0...(room - length), using: &stream)
      }
      let middle = middle ?? Double.random(in: 0...length, using: &stream)
      return start
        + Double.random(
          in: max(room - length, -middle)...min(0, room - middle), using: &stream)
    }
    return Tile(
      orientation: orientation, scale: scale,
      left: position(
        seen.width * scale, part.left, part.width, keeping: object.map { $0.middleX * scale }),
      top: position(
        seen.height * scale, part.top, part.height, keeping: object.map { $0.middleY * scale }),
      frame: part)
  }

  private func orientation(_ stream: inout RandomStream) -> Orientation {
    let quarter = rotates90 ? Int.random(in: 0..<4, using: &stream) : 0
    let mirrorsSides = flips && Bool.random(using: &stream)
    let mirrorsEnds = verticalFlips && Bool.random(using: &stream)
    // A turn by 90 degrees is a change of sides and one mirror, by 180 two mirrors.
    let swaps = quarter % 2 == 1
    let (across, down) = (
      mirrorsSides != (quarter == 1 || quarter == 2), mirrorsEnds != (quarter >= 2)
    )
    return Orientation(swapsSides: swaps, beginsAtFarSide: across, farEnd: down)
  }
}

extension Box {
  /// Halfway between left and right.
  fileprivate var middleX: Double { x + width / 2 }
  /// Halfway between top and bottom.
  fileprivate var middleY: Double { y + height / 2 }
}

extension Orientation {
  /// The one in which what is seen begins, across and down, with the far or the near end of what is stored.
  init(swapsSides: Bool, beginsAtFarSide across: Bool, farEnd down: Bool) {
    self =
      switch (swapsSides, across, down) {
      case (false, false, false): .upright
      case (false, true, false): .mirrored
      case (false, true, true): .upsideDown
      case (false, false, true): .mirroredUpsideDown
      case (true, false, false): .transposed
      case (true, true, false): .rotatedRight
      case (true, true, true): .transversed
      case (true, false, true): .rotatedLeft
      }
  }
}
