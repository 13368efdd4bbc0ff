/// To which size small images are brought for a model whose weights were trained on larger ones.
///
/// They become three times as large at most, and no larger than 160 pixels: of photographs of 100 pixels that was worth
/// 5 points of accuracy, of images of 32 pixels 96 were worth 24, and 128 no more. Few images that pass the network once
/// become as large as those that the weights were trained on (Guides/fine-tuning.md).
///
/// Images become squares. Those that would be held in memory whole and are no squares stay as they are, since a part of
/// each would be cut off.
public struct ImageEnlargement: Sendable, Hashable {
  /// The sizes that the model takes, ascending.
  private let sizes: [Int]
  private let passesOnce: Bool

  private static let largest = 160
  private static let factor = 3
  /// The most images that become as large as the weights' own where each passes the network once.
  private static let fewImages = 5_000

  /// Creates a rule.
  ///
  /// - Parameters:
  ///   - size: width and height of the images that the weights were trained on.
  ///   - passesOnce: whether each image passes the network once, as where its features are cached.
  ///   - isTaken: whether the model takes images of a size.
  public init(toAtMost size: Int, passesOnce: Bool = false, where isTaken: (Int) -> Bool) {
    sizes = (Set(stride(from: 32, through: size, by: 32)).union([size])).sorted().filter(isTaken)
    self.passesOnce = passesOnce
  }

  /// Returns the size for so many images whose short side is so long; nil where they stay as they are.
  func size(forSide side: Int, count: Int) -> Int? {
    let largest = passesOnce && count <= Self.fewImages ? sizes.last : nil
    let wanted = largest ?? min(Self.largest, side * Self.factor)
    guard let size = sizes.first(where: { $0 >= wanted }) ?? sizes.last, size > side else {
      return nil
    }
    return size
  }

  /// Returns the size for images of one size, held in memory whole; nil where they stay as they are.
  func size(for images: ImageSize, count: Int) -> Int? {
    images.width == images.height ? size(forSide: images.width, count: count) : nil
  }

  /// Says that images of one size stay as they are because they are no squares; nil where that is not the reason.
  func note(on images: ImageSize, count: Int) -> String? {
    guard images.width != images.height,
      let size = size(forSide: min(images.width, images.height), count: count)
    else { return nil }
    return "note: the weights were trained on larger images, but these are not enlarged, since they are not square "
      + "(\(images)); --image-size \(size) enlarges them, and cuts off both ends of the long side"
  }
}

extension ImageData {
  /// Returns the data with images in memory brought to a larger size, if they are small.
  func enlarged(_ rule: ImageEnlargement?, by interpolation: Interpolation) -> ImageData {
    guard let rule, train is ImageSet else { return self }
    let (own, count) = (ImageSize(width: train.width, height: train.height), train.count + test.count)
    guard let size = rule.size(for: own, count: count) else {
      var unchanged = self
      unchanged.notes += [rule.note(on: own, count: count)].compactMap { $0 }
      return unchanged
    }
    var enlarged = resized(to: size, by: interpolation)
    enlarged.isEnlarged = true
    return enlarged
  }
}
