import Formatting
import Numbers

/// Images of one size with a class each, decoded and in memory.
public struct ImageSet: LabeledImages {
  /// Pixels from top to bottom.
  public let height: Int
  /// Pixels from left to right.
  public let width: Int
  /// The number of channels.
  public let channels: Int
  /// All images, [N, H, W, C], a byte each; of a part of a set, those of the whole set.
  public let pixels: [UInt8]
  /// The class of each image.
  public let labels: [Int64]
  /// The mean of each channel over all pixels, on a scale of 0 to 1.
  public var mean: [Double] { statistics.mean }
  /// The standard deviation of each channel over all pixels, on a scale of 0 to 1.
  public var deviation: [Double] { statistics.deviation }
  /// How many of 16 bits were filled in the files of 16.
  public let filledBits: FilledBits
  /// How pixels of images of another size were made, and those of other images will be.
  public let interpolation: Interpolation
  /// What each image's file is called, below the data's folder; nil where they have no files of their own.
  public let names: [String]?

  /// Creates a set, and measures its channels.
  ///
  /// - Precondition: there are as many pixels as the labels and the size ask for, and as many names as
  ///   labels.
  public init(
    height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [Int64],
    names: [String]? = nil, filledBits: FilledBits = .all,
    interpolation: Interpolation = .bilinear
  ) {
    precondition(
      pixels.count == labels.count * height * width * channels,
      "\(labels.count) images of \(height)x\(width)x\(channels) do not have \(pixels.count) bytes.")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
    self.labels = labels
    self.filledBits = filledBits
    self.interpolation = interpolation
    self.names = names
    rows = nil
    precondition(
      names.map { $0.count == labels.count } ?? true, "Each image has a name, or none has.")
    var moments = ChannelMoments(channels: channels)
    pixels.withUnsafeBufferPointer { moments.add($0) }
    statistics = moments.statistics()
  }

  private let statistics: ChannelStatistics
  /// The row of each image in `pixels`; nil where they are the same.
  private let rows: [Int32]?

  /// Creates a part of a set, which shares its pixels.
  private init(_ whole: ImageSet, _ positions: [Int]) {
    (height, width, channels) = (whole.height, whole.width, whole.channels)
    pixels = whole.pixels
    labels = positions.map { whole.labels[$0] }
    names = whole.names.map { names in positions.map { names[$0] } }
    (filledBits, interpolation) = (whole.filledBits, whole.interpolation)
    let rows = positions.map { Int32(whole.row(of: $0)) }
    self.rows = rows
    var moments = ChannelMoments(channels: channels)
    let size = height * width * channels
    pixels.withUnsafeBufferPointer { pixels in
      for row in rows.lazy.map(Int.init) {
        moments.add(UnsafeBufferPointer(rebasing: pixels[(row * size)..<((row + 1) * size)]))
      }
    }
    statistics = moments.statistics()
  }

  /// Returns a part of the set, whose images are augmented as in the whole.
  public func part(_ positions: [Int]) -> any LabeledImages { ImageSet(self, positions) }

  /// The row of an image in `pixels`, which is also its number for random streams.
  func row(of image: Int) -> Int { rows.map { Int($0[image]) } ?? image }

  /// The class of each image, and its name where it has one.
  public var items: [HoldOut.Item] {
    labels.enumerated().map { HoldOut.Item(key: names?[$0], classes: [Int($1)]) }
  }

}

/// Training images, evaluation images, and the names of their classes.
public struct ImageData: DataSplits {
  /// What the data set is called.
  public let name: String
  /// The training images.
  public internal(set) var train: any LabeledImages
  /// The validation images, evaluated during a run; nil where the run is evaluated on the test images.
  public internal(set) var validation: (any LabeledImages)?
  /// Which training images are held out as `validation`.
  public private(set) var heldOut: HeldOutSplit?
  /// The test images.
  public internal(set) var test: any LabeledImages
  /// The name of each class.
  public let classNames: [String]
  /// Whether the data have the classes' numbers alone, in whose place names are made of them.
  public internal(set) var hasNumbersAlone = false
  /// What the images were found as, for display; `an image folder: train/ and test/ with 10 classes`.
  public let found: String
  /// The images that were left out because they are broken, in the order of their paths.
  public let broken: [BrokenImage]
  /// How many of those are test images.
  public internal(set) var brokenTestImages = 0
  /// What else a reader should know, a line each.
  public internal(set) var notes: [String]
  /// What became of every file below the data's folder.
  public internal(set) var account: FolderAccount
  /// The name of the split that the test images are of; nil where the data have none.
  public internal(set) var testSplit: String? = "test"
  /// Whether images were brought to a larger size (`DataOptions.enlargement`).
  public internal(set) var isEnlarged = false

  /// Creates a data set.
  ///
  /// - Parameter isForEvaluation: whether nothing is trained on it, so that classes without a training image are not
  ///   noted.
  public init(
    name: String, train: any LabeledImages, validation: (any LabeledImages)? = nil,
    test: any LabeledImages, classNames: [String], found: String, broken: [BrokenImage] = [],
    notes: [String] = [], account: FolderAccount = FolderAccount(), isForEvaluation: Bool = false
  ) {
    self.name = name
    self.train = train
    self.validation = validation
    self.test = test
    self.classNames = classNames
    self.found = found
    self.broken = broken
    let present = Set(train.labels)
    let missing =
      isForEvaluation ? [] : classNames.indices.filter { !present.contains(Int64($0)) }.map { classNames[$0] }
    self.notes =
      notes
      + (missing.isEmpty
        ? []
        : [
          "\(missing.count) of \(classNames.count) classes without a training image, so never predicted: "
            + listed(missing)
        ])
    self.account = account
  }

  /// A split, as something counted.
  public func counted(_ images: any LabeledImages) -> any CountedImages { images }

  /// Returns the data with training images held out.
  public func divided(train: [Int], validation: [Int], as part: HeldOutSplit) -> ImageData {
    var divided = self
    divided.train = self.train.part(train)
    divided.validation = self.train.part(validation)
    divided.heldOut = part
    return divided
  }
}
