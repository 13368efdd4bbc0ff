/// To which size small images are brought for a model whose weights were trained on larger ones.
///
/// They become three times as large at most, and no larger than 160 pixels: of photographs of 100 pixels that was worth
/// 5 points of accuracy, of images of 32 pixels 96 were worth 24, and 128 no more (Guides/fine-tuning.md).
public struct ImageEnlargement: Sendable, Hashable {
  /// The sizes that the model takes, ascending.
  private let sizes: [Int]

  private static let largest = 160
  private static let factor = 3

  /// Creates a rule.
  ///
  /// - Parameters:
  ///   - size: width and height of the images that the weights were trained on.
  ///   - isTaken: whether the model takes images of a size.
  public init(toAtMost size: Int, where isTaken: (Int) -> Bool) {
    sizes = (Set(stride(from: 32, through: size, by: 32)).union([size])).sorted().filter(isTaken)
  }

  /// Returns the size for images whose short side is so long; nil where they stay as they are.
  func size(forSide side: Int) -> Int? {
    let wanted = min(Self.largest, side * Self.factor)
    guard let size = sizes.first(where: { $0 >= wanted }) ?? sizes.last, size > side else {
      return nil
    }
    return size
  }
}

extension ImageData {
  /// Returns the data with images in memory brought to a larger size, if they are small.
  func enlarged(_ rule: ImageEnlargement?) -> ImageData {
    let side = min(train.width, train.height)
    var enlarged = resized(to: rule?.size(forSide: side))
    enlarged.isEnlarged = enlarged.train.height > side
    return enlarged
  }
}
