import Numbers

/// Images with a class each that come in batches of one size, from memory or from their files.
public protocol LabeledImages: CountedImages {
  /// Pixels of a batch's image from top to bottom.
  var height: Int { get }
  /// Pixels of a batch's image from left to right.
  var width: Int { get }
  /// Numbers a pixel: 1 of gray images, 3 of any other.
  var channels: Int { get }
  /// The class of each image.
  var labels: [Int64] { get }
  /// The mean of each channel, on a scale of 0 to 1.
  var mean: [Double] { get }
  /// The standard deviation of each channel, on a scale of 0 to 1.
  var deviation: [Double] { get }
  /// How many of 16 bits are filled in the files of 16.
  var filledBits: FilledBits { get }
  /// The images that could not be read into their batches so far, and are left out of them.
  var broken: [BrokenImage] { get }

  /// Opens batches of the images, prepared on other threads.
  ///
  /// - Parameters:
  ///   - augmentation: how an image to train on is changed, anew in each epoch; nil for evaluation
  ///     images.
  ///   - seed: names the augmentation's randomness.
  ///   - workers: threads that prepare batches; any number gives the same.
  func batches(
    _ order: BatchOrder, augmentation: Augmentation?, seed: UInt64, workers: Int
  ) -> BatchLoader<ImageBatch>

  /// Returns a part of the set, whose images are augmented as in the whole; its moments are its own.
  ///
  /// - Parameter positions: the images' places in the set.
  func part(_ positions: [Int]) -> any LabeledImages
}

extension LabeledImages {
  /// By default empty: images in memory have been read already.
  public var broken: [BrokenImage] { [] }
  /// The number of images.
  public var count: Int { labels.count }
  /// Bytes that an image takes in a batch.
  public var bytesPerImage: Int { height * width * channels }
  /// The highest class number, or -1 of no images.
  public var highestLabel: Int { labels.max().map(Int.init) ?? -1 }
  /// The number of images of each of so many classes.
  public func imagesPerClass(of classes: Int) -> [Int] {
    labels.reduce(into: [Int](repeating: 0, count: classes)) { $0[Int($1)] += 1 }
  }
  /// The mean of each channel, as a byte.
  var meanColor: [UInt8] { mean.map { UInt8(clamping: ($0 * 255).rounded()) } }

  /// An image of a batch in this memory.
  func image(at pixels: UnsafeMutableBufferPointer<UInt8>) -> PixelImage {
    PixelImage(pixels: pixels, height: height, width: width, channels: channels)
  }
}
