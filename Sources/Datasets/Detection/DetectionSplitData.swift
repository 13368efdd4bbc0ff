import Boxes
import Formatting
import Randomness

/// Training and evaluation images with boxes.
///
/// Data that have images for training, validation and test are trained on the first, evaluated by the
/// second while a run continues, and the third are kept for its end. Of data in two splits the second is
/// `test`. Of data in one split a fifth is kept as `test`, the same on every run.
public struct DetectionSplitData: DataSplits {
  /// What the data set is called.
  public let name: String
  /// The classes' names, by label.
  public let classNames: [String]
  /// The classes' numbers, by label, where the data give them.
  public let classNumbers: [Int]?
  /// The training images.
  public internal(set) var train: DetectionDataset
  /// The validation images, evaluated during a run; nil where the run is evaluated on the test images.
  public internal(set) var validation: DetectionDataset?
  /// The test images.
  public let test: DetectionDataset
  /// What the data were found as, for display: `VOC's format: train 205, val 87, test 72 images`.
  public let found: String
  /// The boxes that cannot be trained on and were left out.
  public let leftOut: [LeftOutBox]
  /// What else a reader should know, a sentence each: how many boxes were left out, how the data were
  /// divided, which images are in two splits.
  public let notes: [String]
  /// What became of every file below the data's folder.
  public var account = FolderAccount()
  /// Which training images are held out as `validation`.
  public internal(set) var heldOut: HeldOutSplit?
  /// The name of the split that the test images are of; nil where the data have none.
  public internal(set) var testSplit: String? = "test"

  /// Always empty: an image is read only when a batch needs it.
  public var broken: [BrokenImage] { [] }

  /// Returns the data with training images held out.
  public func divided(train: [Int], validation: [Int], as part: HeldOutSplit) -> DetectionSplitData {
    var divided = self
    divided.train = self.train.part(train)
    divided.validation = self.train.evaluationPart(validation, in: divided.train.frame)
    divided.heldOut = part
    return divided
  }
}

/// How images with boxes are read, where there is a choice.
public struct BoxOptions: Sendable, Hashable {
  /// The long side of the frame that images come to, in pixels; nil for 320, or less where they are smaller.
  public var imageSize: Int?
  /// Whether to continue where more than one image in a hundred is broken.
  public var allowsBroken: Bool
  /// Whether names and links may lead out of the data set's folder.
  public var allowsLinks: Bool
  /// Names the division of data that have none.
  public var splitSeed: UInt64
  /// Bytes of decoded pixels that each split may keep in memory.
  public var memory: Int
  /// How many of 16 bits are filled, as the run was trained; nil where the files themselves say it.
  public var filledBits: FilledBits?
  /// By what images are normalized; nil for the training images' own.
  public var statistics: ChannelStatistics?
  /// The size of the frame, as the run was trained; nil where it follows from `imageSize` and the images.
  public var frameSize: ImageSize?
  /// Whether a model is evaluated on the data, and nothing trained: data without splits are then not divided, but all
  /// their images evaluated, and what concerns training alone is neither checked nor noted.
  public var isForEvaluation = false

  /// Creates options.
  public init(
    imageSize: Int? = nil, allowsBroken: Bool = false, allowsLinks: Bool = false,
    splitSeed: UInt64 = 1, memory: Int = DetectionDataset.defaultMemory,
    filledBits: FilledBits? = nil,
    statistics: ChannelStatistics? = nil
  ) {
    self.imageSize = imageSize
    self.allowsBroken = allowsBroken
    self.allowsLinks = allowsLinks
    self.splitSeed = splitSeed
    self.memory = memory
    self.filledBits = filledBits
    self.statistics = statistics
  }
}

extension DataSource {
  /// The format of the boxes that lie there; nil where there are none, or nothing lies anywhere.
  public var boxFormat: AnnotationFormat? {
    switch self {
    case .folder(let path): AnnotationFormat.recognized(at: path)
    case .published, .shapes: nil
    }
  }

  /// Whether what lies there has boxes, by its format.
  public var hasBoxes: Bool { boxFormat != nil }

  /// Reads images with boxes, or draws shapes with theirs.
  ///
  /// - Throws: `AnnotationError`, `DataError`.
  public func loadBoxes(_ options: BoxOptions = BoxOptions()) throws -> DetectionSplitData {
    switch self {
    case .shapes: return try Shapes.detection(train: 2_000, test: 500, seed: 1, options)
    case .published:
      throw AnnotationError.unrecognized(path: name)
    case .folder(let path):
      // Of shards that have no boxes the first image without is named.
      let shards: AnnotationFormat? = ShardNames.areAll(of: path) ? .shards : nil
      guard let format = AnnotationFormat.recognized(at: path) ?? shards else {
        throw AnnotationError.unrecognized(path: path, nearest: AnnotationFormat.nearest(at: path))
      }
      return try DetectionSplitData(format, at: path, options)
    }
  }
}

extension DetectionSplitData {
  /// Reads what lies at a path.
  init(_ format: AnnotationFormat, at path: String, _ options: BoxOptions) throws {
    let listed = try SharedDiscovery.value { try Listed(format, at: path, options) }
    let data = listed.data
    let parts = try DetectionSplits(data, path: path, options)
    name = path
    classNames = data.classNames
    classNumbers = data.classNumbers
    leftOut = data.leftOut
    account = data.account
    let name = path
    let train = DetectionDataset(
      parts.train, name: name, classNames: data.classNames, longSide: options.imageSize,
      frameSize: options.frameSize, allowsBroken: options.allowsBroken, memory: options.memory,
      filledBits: listed.filledBits, statistics: options.statistics)
    func evaluationSet(_ images: [AnnotatedImage]) -> DetectionDataset {
      DetectionDataset(
        images, name: name, classNames: data.classNames, frame: train.frame,
        allowsBroken: options.allowsBroken, memory: options.memory)
    }
    self.train = train
    testSplit = parts.testSplit
    validation = parts.validation.map(evaluationSet)
    test = evaluationSet(parts.test)
    found =
      "\(format.owner) format: "
      + data.splits.map { "\($0.name) \($0.images.count)" }.joined(separator: ", ") + " images"
    notes =
      data.notes + ClassNames.notes(classNames) + Self.notes(of: data.leftOut) + parts.notes
      + listed.notes
  }

  /// The images with their boxes, and what their files say.
  private struct Listed: Codable {
    let data: DetectionData
    let filledBits: FilledBits
    /// What a reader should know of the image files.
    let notes: [String]

    init(_ format: AnnotationFormat, at path: String, _ options: BoxOptions) throws {
      data = try format.read(
        path,
        options: DetectionOptions(allowsLinks: options.allowsLinks, isForEvaluation: options.isForEvaluation))
      try BoxUnits.check(data, format, at: path)
      let parts = try DetectionSplits(data, path: path, options)
      let files = (parts.train + (parts.validation ?? []) + parts.test).map(\.path)
      let survey = ImageSurvey(files, known: options.filledBits, labels: "boxes")
      let read = options.isForEvaluation ? [parts.test] : [parts.train, parts.validation ?? [], parts.test]
      for images in read where !options.allowsBroken {
        try DetectionSplitData.check(images, survey.faults, of: path)
      }
      filledBits = survey.filledBits
      notes =
        parts.sharedImages(isForEvaluation: options.isForEvaluation).notes + survey.notes
        + DetectionSplitData.noteOfEdges(parts.train + (parts.validation ?? []) + parts.test)
    }
  }

  /// Refuses a part of which more than one image in a hundred is broken, before anything is trained.
  fileprivate static func check(_ images: [AnnotatedImage], _ faults: [String: ImageFault], of path: String) throws {
    let broken = images.compactMap { image in faults[image.path].map { BrokenImage(path: image.path, fault: $0) } }
    guard let first = broken.first, BrokenImage.areTooMany(broken.count, of: images.count) else { return }
    throw DataError.tooManyBroken(folder: path, broken: broken.count, of: images.count, first)
  }

  /// A sentence about boxes that reach over their images' edges; none where there are none.
  private static func noteOfEdges(_ images: [AnnotatedImage]) -> [String] {
    let over = images.flatMap { image in
      image.boxes.filter { !$0.isCrowd }.map { box in
        (box.box.excess(width: Double(image.width), height: Double(image.height)), image.name)
      }
    }.filter { $0.0 > Box.edgeTolerance }
    guard let first = over.first, let most = over.map(\.0).max() else { return [] }
    let reach = over.count == 1 ? "reaches" : "reach"
    return [
      "note: \(quantity(over.count, "box", plural: "boxes")) \(reach) over the image's edge, by up to "
        + "\(quantity(Int(clamping: most.rounded()), "pixel")), and what lies there is cut off; the first is in \(first.1)"
    ]
  }

  static func notes(of leftOut: [LeftOutBox]) -> [String] {
    guard let first = leftOut.first else { return [] }
    let rest = leftOut.count == 1 ? "" : " and \(leftOut.count - 1) more"
    return ["boxes without a valid area or class were left out: \(first)\(rest)"]
  }
}

extension AnnotationFormat {
  /// The name of the format's owner, for display: `VOC's`.
  public var owner: String {
    switch self {
    case .voc: "VOC's"
    case .coco: "COCO's"
    case .yolo: "YOLO's"
    case .shards: "WebDataset's"
    }
  }
}
