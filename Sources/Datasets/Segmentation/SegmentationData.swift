/// Training and evaluation images with masks, and what was found.
public struct SegmentationData: DataSplits {
  /// What the data set is called.
  public let name: String
  /// The training images.
  public internal(set) var train: SegmentationDataset
  /// The validation images, evaluated during a run; nil where the run is evaluated on the test images.
  public internal(set) var validation: SegmentationDataset?
  /// The test images.
  public let test: SegmentationDataset
  /// What the masks were found as, for display: `images/ with instances/, split by lists; ...`.
  public let found: String
  /// The images that were left out because they or their masks are broken.
  public let broken: [BrokenImage]
  /// How many of those are test images, or their masks.
  public internal(set) var brokenTestImages = 0
  /// What else a reader should know, a line each.
  public var notes: [String] = []
  /// What became of every file below the data's folder.
  public var account = FolderAccount()
  /// Which training images are held out as `validation`.
  public internal(set) var heldOut: HeldOutSplit?
  /// The name of the split that the test images are of; nil where the data do not say which are for evaluation.
  public internal(set) var testSplit: String? = "test"

  /// Returns the data with training images held out.
  public func divided(train: [Int], validation: [Int], as part: HeldOutSplit) -> SegmentationData {
    var divided = self
    divided.train = self.train.part(train)
    divided.validation = self.train.part(validation)
    divided.heldOut = part
    return divided
  }

  /// What the classes are called, by number; the first is the background.
  public var classNames: [String] { train.classNames }
  /// Whether masks say which instance a pixel belongs to.
  public var isInstance: Bool { train.isInstance }
}

extension DataSource {
  /// Whether images with masks lie there.
  public var hasMasks: Bool {
    switch self {
    case .published: false
    case .shapes: true
    case .folder(let path): MaskLayoutFormat.recognized(at: path) != nil
    }
  }

  /// Reads images with masks, or draws them.
  ///
  /// Every mask is read once, so that what is wrong with one is said before training begins.
  ///
  /// - Throws: `MaskError`, `DataError`: one sentence with the file.
  public func loadMasks(_ options: DataOptions = DataOptions()) throws -> SegmentationData {
    switch self {
    case .published(let data):
      throw MaskError.unrecognized(folder: data.name, there: "a data set to classify")
    case .shapes: return ShapesWithMasks.data(train: 1_500, test: 300, seed: 1)
    case .folder(let path):
      // Of shards that have no masks the first image without is named.
      let shards: MaskLayoutFormat? = ShardNames.areAll(of: path) ? .shards : nil
      guard let format = MaskLayoutFormat.recognized(at: path) ?? shards else {
        let listing = FolderListing(path)
        if let fault = listing.fault { throw DataError.unreadable(file: path, reason: fault) }
        throw MaskError.unrecognized(
          folder: path, there: listing.contents, nearest: MaskLayoutFormat.nearest(at: path))
      }
      return try MaskFolderReader(folder: path, format: format, options: options).read()
    }
  }
}
