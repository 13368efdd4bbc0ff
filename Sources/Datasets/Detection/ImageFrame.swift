import Boxes
import Numbers

/// How an image becomes what a detector sees: scaled to fit into a frame of one size, its sides in
/// proportion, in the upper left corner; what it does not fill has the mean color.
public struct ImageFrame: Sendable, Hashable {
  /// Pixels from left to right.
  public var width: Int
  /// Pixels from top to bottom.
  public var height: Int
  /// The mean of each of three channels over a sample of the images, on a scale of 0 to 1.
  public var mean: [Double]
  /// The standard deviation of each channel, on a scale of 0 to 1.
  public var deviation: [Double]
  /// How many of 16 bits are filled in files of 16, as in those that were trained on.
  public var filledBits: FilledBits

  /// Creates a frame.
  public init(
    width: Int, height: Int, mean: [Double], deviation: [Double], filledBits: FilledBits = .all
  ) {
    self.width = width
    self.height = height
    self.mean = mean
    self.deviation = deviation
    self.filledBits = filledBits
  }

  /// Where an image of this size comes to lie.
  public func placement(width: Int, height: Int) -> ImagePlacement {
    ImagePlacement(
      scale: min(
        Double(self.width) / Double(width), Double(self.height) / Double(height)),
      width: width, height: height)
  }

  /// Bytes of an image.
  var bytes: Int { width * height * 3 }

  /// The color of what an image does not fill.
  var padding: [UInt8] { mean.map { UInt8(clamping: ($0 * 255).rounded()) } }
}

/// Where an image lies in its frame: in the upper left corner, scaled.
public struct ImagePlacement: Sendable, Hashable {
  /// Pixels of the frame for one of the image.
  public var scale: Double
  /// The image's own width.
  public var width: Int
  /// The image's own height.
  public var height: Int

  /// Returns where a box of the image lies in the frame.
  public func placed(_ box: Box) -> Box {
    Box(
      x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale)
  }

  /// Returns where a box in the frame lies on the image, cut off at the image's edges.
  public func original(_ box: Box) -> Box {
    Box(
      x: box.x / scale, y: box.y / scale, width: box.width / scale, height: box.height / scale
    ).clipped(width: Double(width), height: Double(height))
  }
}

// MARK: The size that fits a set

extension ImageFrame {
  /// The size in which images fill a frame best.
  ///
  /// The long side is the one that is asked for, else 320 or the images' own median if that is less. The
  /// short one has the median of the images' proportions, and is rounded up to a multiple of 16, so that
  /// a detector's coarse maps have whole cells.
  static func size(
    of images: [AnnotatedImage], longSide: Int?
  ) -> (width: Int, height: Int) {
    func median(_ values: [Double]) -> Double {
      values.isEmpty ? 1 : values.sorted()[values.count / 2]
    }
    func rounded(_ side: Double) -> Int {
      max(32, Int(clamping: (side / 16 - 1e-9).rounded(.up)) * 16)
    }
    let own = median(images.map { Double(max($0.width, $0.height)) })
    let long = longSide ?? rounded(min(320, own))
    let shape = median(images.map { Double($0.width) / Double($0.height) })
    let short = min(long, rounded(Double(long) * min(shape, 1 / shape)))
    return shape >= 1 ? (long, short) : (short, long)
  }
}

// MARK: In the metadata of a file of weights

extension ImageFrame {
  private static let sizeKey = "frame"

  /// The frame as metadata: `frame` is `HEIGHTxWIDTH`; the normalization's keys are beside it.
  public var metadata: [String: String] {
    [Self.sizeKey: "\(height)x\(width)"].merging(
      ImageNormalization(mean: mean, deviation: deviation, filledBits: filledBits).metadata,
      uniquingKeysWith: { one, _ in one })
  }

  /// Reads the words; nil where one of them is missing, NaN or impossible.
  public init?(metadata: [String: String]) {
    let size = (metadata[Self.sizeKey] ?? "").split(separator: "x").compactMap { Int($0) }
    guard size.count == 2, size.allSatisfy({ (1...65_536).contains($0) }),
      size[0] * size[1] <= ImageNormalization.maximumPixels,
      let known = ImageNormalization(metadata: metadata, channels: 3)
    else { return nil }
    self.init(
      width: size[1], height: size[0], mean: known.mean, deviation: known.deviation,
      filledBits: known.filledBits)
  }
}
