import Formatting
import Foundation

/// What can be wrong with a data set.
public enum DataError: Error, Equatable {
  /// A name that is neither a known data set nor a folder.
  case unknown(name: String, known: [String], nearest: String?)
  /// A known data set that does not lie where it was looked for.
  case absent(name: String, lookedIn: [String], remedy: String)
  /// A folder that holds none of the files that were looked for.
  case missingFile(folder: String, lookedFor: [String])
  /// A file that cannot be read.
  case unreadable(file: String, reason: String)
  /// A file that is not what its name says, or not whole.
  case malformed(file: String, reason: String)
  /// Images and labels that do not belong together.
  case countsDiffer(images: String, count: Int, labels: String, labelCount: Int)
  /// A label that no class has.
  case labelOutOfRange(file: String, index: Int, label: Int, classes: Int)
  /// A folder in which nothing lies that is known, and what lies there.
  case unrecognized(folder: String, there: String)
  /// A class's folder without an image, and what lies there.
  case emptyClass(folder: String, there: String)
  /// A class of the evaluation split without training images.
  case classNotTrained(folder: String)
  /// More broken images than can be accident; the first of them.
  case tooManyBroken(folder: String, broken: Int, of: Int, BrokenImage)
  /// Images of which no other is left, though broken ones are allowed; the first of them.
  case noneLeft(folder: String, broken: Int, of: Int, BrokenImage)
  /// A folder whose classes have too few images for a training and an evaluation split.
  case noImages(folder: String)
  /// Data of a single class, so that there is nothing to classify.
  case oneClass(data: String, name: String)
  /// A link in a data set's folder that leads out of it.
  case linkLeaves(link: String, target: String, folder: String)
  /// Data with too few training images to hold some of them out.
  case tooFewToHoldOut(data: String, images: Int)
  /// A class whose name has a line break or a control character, and the file or folder that has it.
  case badClassName(location: String, name: String)
  /// A class whose name is empty, and the file or folder that has it.
  case noClassName(location: String)
  /// Two files whose images have two sizes (`28x28`), where all must have one.
  case twoSizes(file: String, String, other: String, String)
  /// Images of other sizes than their annotations say; the first of them.
  case sizesDiffer(folder: String, count: Int, of: Int, BrokenImage)
  /// The data of a run are not where they were when it began.
  case moved(name: String)
  /// A choice of labels for data that has one kind only.
  case noChoiceOfLabels(data: String)
}

extension DataError {
  /// Reads the data of a run that was begun; where they are not in their place, that is what is reported.
  ///
  /// - Throws: `moved` in place of `unknown`; what else the body throws.
  public static func reportingMoved<Result>(_ read: () throws -> Result) throws -> Result {
    do { return try read() } catch DataError.unknown(let name, _, _) { throw moved(name: name) }
  }
}

extension DataError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .unknown(let name, let known, let nearest):
      "'\(name)' is neither a data set nor a folder"
        + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
        + " Known names: \(known.joined(separator: ", "))."
    case .moved(let name):
      "the run's data, '\(name)', are not there any more"
        + (name.hasPrefix("/") ? "" : " (looked for below \(FileManager.default.currentDirectoryPath))")
        + "; name their new place with --data."
    case .absent(let name, let locations, let remedy):
      "\(name) is not here: looked in \(locations.joined(separator: ", ")). \(remedy)"
    case .missingFile(let folder, let names):
      "\(folder) has no \(names.joined(separator: " or ")); name the folder that has it."
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason)."
    case .malformed(let file, let reason):
      "\(file) is damaged or has another format: \(reason). Download it again."
    case .countsDiffer(let images, let count, let labels, let labelCount):
      "\(images) has \(count) images, but \(labels) has \(labelCount) labels; they do not belong "
        + "together."
    case .labelOutOfRange(let file, let index, let label, let classes):
      "\(file): label \(label) of image \(index) is outside the \(classes) classes."
    case .unrecognized(let folder, let there):
      "\(folder) has no known data format: expected \(DataLayout.lookedFor). Found: \(there)."
    case .emptyClass(let folder, let there):
      "\(folder) is a class folder without a readable image (\(FolderListing.kinds)); "
        + "found: \(there). Put images into it, or move it away."
    case .classNotTrained(let folder):
      "\(folder) is a class of the evaluation split, but the training split has no class of this name; add "
        + "training images of it, or move it away."
    case .tooManyBroken(let folder, let broken, let count, let first):
      "\(folder): \(broken) of \(count) images are broken, the first \(TarMember.shown(first.path)): \(first.fault). "
        + (broken < count
          ? "Repair or remove them, or leave them out with --allow-broken."
          : "Repair them, or use other data.")
    case .noneLeft(let folder, let broken, let count, let first):
      "\(folder): \(broken) of \(count) images are broken, the first \(TarMember.shown(first.path)): \(first.fault), and a "
        + "batch has only broken ones. Repair or remove them, or use a larger --batch-size."
    case .noImages(let folder):
      "\(folder) has too few images: training and evaluation need images of their own."
    case .oneClass(let data, let name):
      "\(data) has only one class, '\(name)'; "
        + (FolderNames.images.contains(name.lowercased())
          ? "if the folders of the classes are below \(name)/, move them up, in each split."
          : "add images of another class.")
    case .linkLeaves(let link, let target, let folder):
      "\(link) is a link to \(target), which is outside \(folder); copy its target, or trust "
        + "the links with --allow-links."
    case .tooFewToHoldOut(let data, let images):
      "\(data) has too few training images (\(images)) to hold some of them out for validation: no class has "
        + "two. Add images, or choose on the test images with --validation none."
    case .badClassName(let location, let name):
      "\(location.printable) has a class named '\(name.printable)', with a line break or "
        + "a control character in it (written here as \\n, \\u{1B} and the like); rename it."
    case .noClassName(let location):
      "\(location.printable) has a class without a name; name it."
    case .sizesDiffer(let folder, let differing, let count, let first):
      "\(folder): \(differing) of \(count) images have another size than their annotations say, the first "
        + "\(first.path): \(first.fault). "
        + (first.fault.isTurned
          ? "Take the orientation out of the images' EXIF, or annotate them as they are seen."
          : "Repair or remove them, or leave them out with --allow-broken.")
    case .twoSizes(let file, let size, let other, let otherSize):
      "\(other) has images of \(otherSize) pixels, but \(file) of \(size); they do not belong together."
    case .noChoiceOfLabels(let data):
      "\(data) has one set of labels; --labels is for CIFAR-100."
    }
  }
}
