import Numbers

/// How an image file becomes what a network sees: resized, cropped to its middle, normalized.
///
/// A file of the wanted size is taken as it is. Of any other the short side is resized to `shortSide`,
/// and the middle taken; where the wanted image is no square, as much of the middle as has its shape.
public struct Preprocessing: Sendable, Hashable {
  /// Pixels of the result from left to right.
  public var width: Int
  /// Pixels of the result from top to bottom.
  public var height: Int
  /// The number of channels: 1 or 3.
  public var channels: Int
  /// What the short side is resized to before a square is cut out of it; at least its side.
  public var shortSide: Int
  /// The mean of each channel, on a scale of 0 to 1, that is taken away.
  public var mean: [Double]
  /// The standard deviation of each channel, on a scale of 0 to 1, by which is divided.
  public var deviation: [Double]
  /// How many of 16 bits are filled in files of 16, as in those that were trained on.
  public var filledBits: FilledBits
  /// How the pixels of another size are made.
  public var interpolation: Interpolation

  /// Creates the preprocessing of pretrained weights for color images.
  ///
  /// - Parameters:
  ///   - size: the side of the result, in pixels.
  ///   - resize: what the short side is resized to before.
  public init(
    size: Int, resize: Int, _ statistics: ChannelStatistics,
    _ interpolation: Interpolation = .bilinear
  ) {
    (width, height, channels, shortSide) = (size, size, 3, resize)
    (mean, deviation, filledBits) = (statistics.mean, statistics.deviation, .all)
    self.interpolation = interpolation
  }

  /// The share of the short side that the part has.
  public var cropShare: Double { Double(min(width, height)) / Double(shortSide) }

  /// The preprocessing for evaluation, with the moments of the training images.
  public init(of images: any LabeledImages, momentsOf learned: any LabeledImages) {
    width = images.width
    height = images.height
    channels = images.channels
    shortSide = (images as? ImageFileDataset)?.shortSide ?? min(images.width, images.height)
    mean = learned.mean
    deviation = learned.deviation
    filledBits = learned.filledBits
    interpolation =
      (images as? ImageFileDataset)?.interpolation ?? (images as? ImageSet)?.interpolation
      ?? .bilinear
  }

  /// Whether another image has this shape.
  public func fits(_ images: any LabeledImages) -> Bool {
    (images.width, images.height, images.channels) == (width, height, channels)
  }

  /// The first image file of another size, for images that stay as they are; nil where images lie in memory, or all have it.
  public func firstOtherSize(in data: ImageData) -> (path: String, width: Int, height: Int)? {
    let reader = PhotoReader()
    for files in [data.train, data.validation, data.test].compactMap({ $0 as? ImageFileDataset }) {
      for path in files.paths {
        guard let header = try? reader.header(of: path), (header.width, header.height) != (width, height)
        else { continue }
        return (path, header.width, header.height)
      }
    }
    return nil
  }

  /// Which part of an image becomes the result.
  func window(width: Int, height: Int) -> PhotoReader.Window {
    if (width, height) == (self.width, self.height), shortSide == min(width, height) {
      return .init(PixelRectangle(left: 0, top: 0, width: width, height: height))
    }
    if self.width == self.height {
      return .init(middleOf: width, by: height, short: shortSide, size: self.width)
    }
    return .init(
      middleOf: width, by: height, shape: (Double(self.width), Double(self.height)))
  }
}

// MARK: In the metadata of a file of weights

extension Preprocessing {
  private static let shapeKey = "size"
  private static let shortSideKey = "resize"

  /// The preprocessing as words in a checkpoint's metadata: `size` is `HEIGHTxWIDTHxCHANNELS`, `resize` the short side; beside them the
  /// normalization's, and `interpolation` where it is not bilinear.
  public var metadata: [String: String] {
    [Self.shapeKey: "\(height)x\(width)x\(channels)", Self.shortSideKey: "\(shortSide)"].merging(
      ImageNormalization(mean: mean, deviation: deviation, filledBits: filledBits).metadata,
      uniquingKeysWith: { one, _ in one }
    ).merging(interpolation.metadata, uniquingKeysWith: { one, _ in one })
  }

  /// Reads the words; nil where one of them is missing, NaN or impossible.
  public init?(metadata: [String: String]) {
    let shape = (metadata[Self.shapeKey] ?? "").split(separator: "x").compactMap { Int($0) }
    guard shape.count == 3, shape.allSatisfy({ (1...65_536).contains($0) }),
      shape[0] * shape[1] <= ImageNormalization.maximumPixels, shape[2] == 1 || shape[2] == 3,
      let side = metadata[Self.shortSideKey].flatMap({ Int($0) }),
      (min(shape[0], shape[1])...131_072).contains(side),
      let known = ImageNormalization(metadata: metadata, channels: shape[2])
    else { return nil }
    (height, width, channels, shortSide) = (shape[0], shape[1], shape[2], side)
    (mean, deviation, filledBits) = (known.mean, known.deviation, known.filledBits)
    guard let interpolation = Interpolation(metadata: metadata) else { return nil }
    self.interpolation = interpolation
  }
}
