import Formatting

/// A set of images with their number, and those that could not be read.
public protocol CountedImages: Sendable {
  /// The number of images.
  var count: Int { get }
  /// The images that could not be read so far.
  var broken: [BrokenImage] { get }
  /// What each image is known by and shows, for a division of the set.
  var items: [HoldOut.Item] { get }

  /// What the set holds, to be compared at another time.
  ///
  /// - Parameters:
  ///   - folder: the data's folder, which names are without.
  ///   - readsFiles: whether images get a digest of their files' bytes.
  func contents(below folder: String, classNames: [String], readsFiles: Bool) -> DataRecord.Contents
}

/// A data set with its splits: training images, validation images where there are any, and test images.
public protocol DataSplits: Sendable {
  /// The images of one split.
  associatedtype Images

  /// What the data set is called.
  var name: String { get }
  /// The classes' names, by label.
  var classNames: [String] { get }
  /// The training images.
  var train: Images { get }
  /// The validation images, evaluated during a run; nil where the run is evaluated on the test images.
  var validation: Images? { get }
  /// The test images.
  var test: Images { get }
  /// The images that were left out when the data was read, since they are broken.
  var broken: [BrokenImage] { get }
  /// How many of those are test images.
  var brokenTestImages: Int { get }
  /// What became of every file below the data's folder; of no file where the data lie in none.
  var account: FolderAccount { get }

  /// The name of the split that the test images are of, as the data have it; nil where the data have none.
  var testSplit: String? { get }
  /// What else a reader should know, a sentence each.
  var notes: [String] { get }
  /// What the data were found as, for display.
  var found: String { get }

  /// Which training images are held out as `validation`; nil where it is the data's own, or there is none.
  var heldOut: HeldOutSplit? { get }

  /// A split, as something counted.
  func counted(_ images: Images) -> any CountedImages

  /// Returns the data with training images held out.
  ///
  /// - Parameters:
  ///   - train: the places among the training images of those that stay.
  ///   - validation: the places of those that are held out.
  func divided(train: [Int], validation: [Int], as part: HeldOutSplit) -> Self
}

extension DataSplits where Images: CountedImages {
  /// Returns the split itself, which can be counted.
  public func counted(_ images: Images) -> any CountedImages { images }
}

extension DataSplits {
  /// By default none.
  public var brokenTestImages: Int { 0 }
  /// By default an account without files.
  public var account: FolderAccount { FolderAccount() }

  /// Whether the data say which images are for evaluation.
  var isDivided: Bool { testSplit != nil }
  /// The images evaluated during a run: the validation images, if there are any, else the test images.
  public var evaluationSet: Images { validation ?? test }

  /// The broken images: those found when the data was read, and those met since.
  public var allBroken: [BrokenImage] {
    broken + [train, validation, test].compactMap(\.self).flatMap { counted($0).broken }
  }

  /// What of the data is evaluated, and what was found when they were read: lines for display.
  public var evaluationLines: [String] {
    let count = counted(test).count
    let images = quantity(count, "image")
    let which =
      testSplit.map { "evaluated: \(images) of the split '\($0)'" }
      ?? "evaluated: \(count == 1 ? "" : "all ")\(images): the data have no splits"
    guard !DataSource.known.contains(where: { $0.name == name }) else { return [which] }
    return [which, "found: \(found)"] + notes + account.lines
  }

  /// How many images there are, for display: `photos: 400 training, 50 validation and 50 test images`.
  public var counts: String {
    let kept = validation.map { ", \(counted($0).count) validation" } ?? ""
    return "\(name): \(counted(train).count) training\(kept) and \(counted(test).count) test images"
  }
}
