/// How data is to be read, where there is a choice.
public struct DataOptions: Sendable, Hashable {
  /// Which of CIFAR-100's two labels.
  public enum Labels: String, Sendable, Hashable, CaseIterable {
    /// The 100 classes.
    case fine
    /// The 20 groups of them.
    case coarse
  }

  /// Width and height that images are brought to, in pixels; nil leaves them as they are.
  ///
  /// The short side is resized to it, the middle of the long one kept.
  public var imageSize: Int?
  /// Width and height that photographs are cropped to where `imageSize` is nil and they are no smaller.
  public var defaultCropSize: Int
  /// To which size small images are brought where `imageSize` is nil; nil leaves them as they are.
  public var enlargement: ImageEnlargement?
  /// Whether images are read from their files and cropped, also where they are so small that `imageSize` lets them fit
  /// into memory.
  public var arePhotographs: Bool
  /// The share of an evaluation photograph's short side that is seen.
  public var cropShare: Double
  /// How pixels of photographs of another size are made.
  public var interpolation: Interpolation
  /// Which labels of CIFAR-100, fine where it is nil; other data has no choice, and refuses one.
  public var labels: Labels?
  /// Whether to continue where more than one image in a hundred is broken.
  public var allowsBroken: Bool
  /// Whether links in an image folder may lead out of it.
  public var allowsLinks: Bool
  /// Names the split of an image folder that has none.
  ///
  /// It is not the run's seed, so that every run on a folder is evaluated on the same images.
  public var splitSeed: UInt64
  /// How many of 16 bits are filled, as the run was trained; nil where the files themselves say it.
  public var filledBits: FilledBits?
  /// As how many channels a folder's images are read, 1 or 3, as the run was trained; nil where the files say it.
  public var channels: Int?
  /// Whether a model is evaluated on the data, and nothing trained: data without splits are then not divided, but all
  /// their images evaluated, and what concerns training alone is neither checked nor noted.
  public var isForEvaluation = false
  /// The classes by which masks are read, in their order, where their folder lists none or the same ones.
  public var maskClasses: [String]?

  /// Creates options.
  public init(
    imageSize: Int? = nil, defaultCropSize: Int = 224, arePhotographs: Bool = false,
    cropShare: Double = ImageFileDataset.defaultCropShare, interpolation: Interpolation = .bilinear,
    labels: Labels? = nil, allowsBroken: Bool = false,
    allowsLinks: Bool = false, splitSeed: UInt64 = 1, filledBits: FilledBits? = nil
  ) {
    self.imageSize = imageSize
    self.defaultCropSize = defaultCropSize
    self.arePhotographs = arePhotographs
    self.cropShare = cropShare
    self.interpolation = interpolation
    self.labels = labels
    self.allowsBroken = allowsBroken
    self.allowsLinks = allowsLinks
    self.splitSeed = splitSeed
    self.filledBits = filledBits
  }
}
