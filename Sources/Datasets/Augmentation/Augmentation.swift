import Randomness

/// Changes a training image a little, differently each time it is seen.
///
/// What is done to an image follows from the seed, the epoch and the image's number alone, so it is
/// the same on any thread, in any order, and after a resume. First comes what moves pixels (a random
/// part, a shift, a mirror), then `colorJitter`, `randAugment` and `cutout`.
public struct Augmentation: Sendable, Hashable {
  /// By how many pixels an image may be shifted each way; what comes in is black.
  public var cropPadding: Int
  /// Whether half of the images are mirrored left to right.
  public var flips: Bool
  /// The share of an image's area that a random part of it has, which then takes the image's place; nil
  /// for the default: 8 % to all of a photograph, and the whole of an image in memory.
  public var cropScale: ClosedRange<Double>?
  /// How brightness, contrast, saturation and hue are changed, if they are.
  public var colorJitter: ColorJitter?
  /// Operations drawn from a list, if any.
  public var randAugment: RandAugment?
  /// The side, in pixels, of a square that is painted over in the mean color; 0 for none.
  ///
  /// Its center lies anywhere in the image, so that a part of it may lie outside.
  /// - Source: DeVries, Taylor, *Improved Regularization of Convolutional Neural Networks with Cutout*
  ///   (2017).
  public var cutout: Int

  /// Creates an augmentation.
  public init(
    cropPadding: Int = 0, flips: Bool = false, cropScale: ClosedRange<Double>? = nil,
    colorJitter: ColorJitter? = nil, randAugment: RandAugment? = nil, cutout: Int = 0
  ) {
    self.cropPadding = cropPadding
    self.flips = flips
    self.cropScale = cropScale
    self.colorJitter = colorJitter
    self.randAugment = randAugment
    self.cutout = cutout
  }

  /// Leaves images as they are.
  public static let none = Augmentation()

  /// Draws by how much an image is moved.
  func draw(_ stream: inout RandomStream) -> Displacement {
    var displacement = Displacement()
    if cropPadding > 0 {
      displacement.down = Int.random(in: -cropPadding...cropPadding, using: &stream)
      displacement.right = Int.random(in: -cropPadding...cropPadding, using: &stream)
    }
    displacement.isMirrored = flips && Bool.random(using: &stream)
    return displacement
  }

  /// Writes an image that lies in memory to its place in a batch, changed.
  ///
  /// - Parameters:
  ///   - source: the image, [H, W, C], as large as the target.
  ///   - mean: the color of what is painted over.
  func apply(
    _ source: UnsafeBufferPointer<UInt8>, to target: PixelImage, mean: [UInt8],
    stream: inout RandomStream, in buffers: AugmentationBuffers
  ) {
    var displacement = draw(&stream)
    var source = source
    if let cropScale {
      let part = RandomCrop(scale: cropScale)
        .choose(width: target.width, height: target.height, stream: &stream)
      let room = displacement.isShifted ? buffers.image.room(for: source.count) : target.pixels
      buffers.enlarge(
        part, of: source, to: target.at(room), mirrored: displacement.isMirrored)
      source = UnsafeBufferPointer(room)
      displacement.isMirrored = false
    }
    if displacement.isShifted || cropScale == nil {
      displacement.apply(source, to: target)
    }
    finish(target, mean: mean, stream: &stream, in: buffers)
  }

  /// Changes the colors of an image whose pixels are at their places, and paints over a part.
  func finish(
    _ image: PixelImage, mean: [UInt8], stream: inout RandomStream, in buffers: AugmentationBuffers
  ) {
    colorJitter?.apply(to: image, stream: &stream)
    randAugment?.apply(to: image, stream: &stream, in: buffers)
    guard cutout > 0 else { return }
    let top = Int.random(in: 0..<image.height, using: &stream) - cutout / 2
    let left = Int.random(in: 0..<image.width, using: &stream) - cutout / 2
    image.fill(
      rows: max(0, top)..<min(image.height, top + cutout),
      columns: max(0, left)..<min(image.width, left + cutout), with: mean)
  }
}

/// What one loader thread needs to change images: memory that is used again.
final class AugmentationBuffers {
  /// An image on its way.
  let image = ByteBuffer()
  /// What an operation reads while it writes over it.
  let before = ByteBuffer()
  private let resizer = Resizer()

  /// Writes a part of an image, as large as the whole.
  func enlarge(
    _ part: PixelRectangle, of source: UnsafeBufferPointer<UInt8>, to target: PixelImage,
    mirrored: Bool
  ) {
    guard let from = source.baseAddress, let to = target.pixels.baseAddress else { return }
    let (width, channels) = (target.width, target.channels)
    resizer.resize(
      from + (part.top * width + part.left) * channels, width: part.width,
      stride: width * channels, channels: channels,
      down: ResizeFilter(
        size: part.height, start: 0, length: Double(part.height), count: target.height),
      along: ResizeFilter(
        size: part.width, start: 0, length: Double(part.width), count: width,
        mirrored: mirrored),
      to: to)
  }
}
