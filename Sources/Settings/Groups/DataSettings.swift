// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Each setting is documented by its own help text.

import Datasets

/// What a model is trained on.
public struct DataSettings: SettingsGroup {
  public static let schema = Schema("Data", "What the model is trained on.", Self())

  public let source = Setting<String>(
    "data", "A folder, shapes, or a data set that 'rondo data fetch' has.", default: "shapes",
    defaultDescription: "fashion-mnist, or shapes where that is not here", mayChange: true)
  public let task = Setting<TaskDescription>(
    "task", "The task: what the model predicts.", default: .classify,
    defaultDescription: "what the data is for")
  public let imageSize = Setting<Int?>(
    "image-size", "Width and height to which images are resized, in pixels.", .in(8...1024),
    defaultDescription:
      "detect 320 for the long side, or less where images are smaller; else by the images, larger for --weights",
    needs: .wholeImages)
  public let normalization = Setting<NormalizationChoice?>(
    "normalization",
    "The mean and deviation by which images are normalized: data (their own), imagenet, or the numbers.",
    defaultDescription: "the weights', or else the data's own")
  public let cropShare = Setting<Double>(
    "crop-share", "The share of an evaluation photograph's short side that is seen: 0.875.",
    .in(0.1...1), default: ImageFileDataset.defaultCropShare,
    defaultDescription: "the weights', or else \(ImageFileDataset.defaultCropShare)", for: [.classify])
  public let interpolation = Setting<Interpolation>(
    "interpolation", "How photographs are resized: bilinear or bicubic.",
    default: .bilinear, defaultDescription: "the weights', or else bilinear", for: [.classify])
  public let photographs = Setting<Bool>(
    "photographs", "Crop images as photographs, also where --image-size lets them fit into memory.",
    default: false, defaultDescription: "by the images' sizes", for: [.classify])
  public let cropSize = Setting<Int>(
    "crop-size", "Width and height of the training crops, in pixels.", .in(16...4096),
    default: 256, defaultDescription: "256, or less where images are smaller", for: [.segment])
  public let validation = Setting<ValidationShare?>(
    "validation", "The share of the training images held out for validation (0.1), or none.",
    defaultDescription: "0.1 where --patience, --watch act or --range-test-on chooses by validation")
  public let balancedSampling = Setting<Bool>(
    "balanced-sampling", "Draw training images so that each class comes equally often.",
    default: false, for: [.classify])
  public let folds = Setting<Int?>(
    "folds",
    "Divide the training images into this many folds, and train a run for each, which holds it out.",
    .in(2...100))
  public let fold = Setting<Int?>(
    "fold", "Train the run of one fold alone, from 1 to --folds.", .in(1...100))
  public let foldGroups = Setting<FoldGroups?>(
    "fold-groups",
    "What keeps images in one fold (patients, videos): a CSV table file,group; a regular expression; folder."
  )
  public let labels = Setting<DataOptions.Labels?>(
    "labels", "CIFAR-100's labels.", defaultDescription: "fine", for: [.classify])
  public let allowBroken = Setting<Bool>(
    "allow-broken", "Continue even if more than 1 % of the images are broken.", default: false,
    mayChange: true)
  public let allowLinks = Setting<Bool>(
    "allow-links", "Follow links that lead out of an image folder.", default: false, mayChange: true
  )

  public static func check(_ settings: RunSettings) throws {
    let own = settings.data
    func refuse(_ key: String, _ allowed: String) throws {
      guard let value = settings.text(key) else { return }
      throw SettingsError.notAllowed(key: key, value: value, allowed: allowed)
    }
    guard let folds = own.folds else {
      for key in ["fold", "fold-groups"] { try refuse(key, "given with --folds") }
      return
    }
    if let fold = own.fold, fold > folds {
      try refuse("fold", "from 1 to \(folds), with --folds \(folds)")
    }
    if own.validation?.share != nil {
      try refuse("validation", "left out with --folds, which hold the images out by turns")
    }
  }
}

extension DataOptions.Labels: SettingChoice {}

extension FoldGroups: SettingText {
  /// The text from which it reads back.
  public var description: String { text }
  /// What the text must look like.
  public static var expected: String {
    "a CSV file with the columns file and group, a regular expression, or folder"
  }
}
