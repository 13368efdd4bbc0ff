import Formatting
import Foundation

/// What can be wrong with masks.
public enum MaskError: Error, Equatable {
  /// A folder in which no known format of images and masks is found, what is there, and what it is nearest to.
  case unrecognized(folder: String, there: String, nearest: String? = nil)
  /// An image that has no mask, and how many others have none, of how many.
  case noMask(image: String, lookedFor: String, others: Int = 0, of: Int = 1)
  /// A mask that has no image, and how many others have none, of how many.
  case noImage(mask: String, lookedFor: String, others: Int = 0, of: Int = 1)
  /// A listed name that has no image.
  case notListed(list: String, line: Int, name: String, folder: String)
  /// Two files that would be one name's.
  case twice(file: String, other: String)
  /// A name that a list has in an earlier line too.
  case listedTwice(list: String, line: Int, name: String, earlier: Int)
  /// An image and a mask that are not of one size, and how many others are not, of how many.
  case sizesDiffer(
    image: String, size: ImageSize, mask: String, maskSize: ImageSize, others: Int = 0, of: Int = 1)
  /// A mask of one color that is transparent in places, and how many others are so, of how many.
  case inAlpha(file: String, others: Int, of: Int)
  /// A true mask without a predicted one.
  case noPrediction(truth: String, lookedFor: String)
  /// A predicted mask without a true one.
  case noTruth(prediction: String, lookedFor: String)
  /// A predicted and a true mask that are not of one size.
  case masksDiffer(prediction: String, size: ImageSize, truth: String, truthSize: ImageSize)
  /// A mask that was compressed with loss, or is of no known kind.
  case notPNG(file: String)
  /// A number that stands for no class, and at how many pixels.
  case beyondClasses(file: String, value: Int, pixels: Int, classes: Int)
  /// A color that stands for no class, and at how many pixels.
  case unlistedColor(file: String, color: String, pixels: Int, listed: Int)
  /// A map of instances that is in color.
  case coloredInstances(file: String)
  /// A mask whose colors have more than 8 bits each.
  case wideColors(file: String)
  /// A mask in which nothing counts.
  case allIgnored(file: String)
  /// Masks whose numbers may mean one thing or another.
  case unclear(folder: String, found: String, remedy: String)
  /// Masks to evaluate on of which nothing but background counts, while other pixels are ignored.
  case foregroundIgnored(folder: String, pixels: Int, classNames: [String])
  /// Masks that have nothing but one class.
  case oneClass(folder: String, part: String? = nil)
  /// A line that names no class.
  case badClass(file: String, line: Int, reason: String)
  /// A folder without training images, or without evaluation images.
  case noImages(folder: String, part: String)
}

extension MaskError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .unrecognized(let folder, _, let nearest?):
      "\(folder) has no masks of a known format: \(nearest)."
    case .unrecognized(let folder, let there, nil):
      "\(folder) has no masks of a known format: neither images/ with masks/ or instances/, nor "
        + "train/images/ with train/masks/, nor VOC's JPEGImages/ with SegmentationClass/. Found: "
        + "\(there)."
    case .noMask(let image, let lookedFor, let others, let count):
      "\(image) has no mask: there is no \(lookedFor)\(Self.text(others, count)); add it, or remove "
        + "the image."
    case .noImage(let mask, let lookedFor, let others, let count):
      "\(mask) is a mask without an image: there is no \(lookedFor)\(Self.text(others, count)); "
        + "add it, or remove the mask."
    case .notListed(let list, let line, let name, let folder):
      "\(list), line \(line): \(name) has no image in \(folder); add it, or remove the line."
    case .twice(let file, let other):
      "\(file) and \(other) have the same name; remove one of them."
    case .listedTwice(let list, let line, let name, let earlier):
      "\(list), line \(line): \(name) is in line \(earlier) too; take one of the lines out."
    case .sizesDiffer(let image, let size, let mask, let maskSize, let others, let count):
      "\(mask) has \(maskSize) pixels, but its image \(image) has \(size)"
        + (others == 0 ? "" : ", and \(others) more of \(count) differ so")
        + (size.isTurned(from: maskSize)
          ? "; \(ImageSize.turnedWords), and the mask is of the image as it is stored. Take the "
            + "orientation out of the images' EXIF, or rotate the masks."
          : "; they do not belong together.")
    case .inAlpha(let file, let others, let count):
      "\(file) has one color everywhere and its shapes in the transparency (the alpha channel)"
        + (others == 0 ? "" : ", and so have \(others) more of \(count) masks")
        + ", which is not read; save the alpha channel as a gray PNG."
    case .noPrediction(let truth, let lookedFor):
      "\(truth) has no prediction: there is no \(lookedFor); add it, or remove the true mask."
    case .noTruth(let prediction, let lookedFor):
      "\(prediction) has no true mask: there is no \(lookedFor); add it, or remove the prediction."
    case .masksDiffer(let prediction, let size, let truth, let truthSize):
      "\(prediction) has \(size) pixels, but the true mask \(truth) has \(truthSize); they do not "
        + "belong together."
    case .notPNG(let file):
      "\(file) is not a lossless image, and a mask's values must be exact; save it as PNG."
    case .beyondClasses(let file, let value, let pixels, let classes):
      "\(file): the value \(value) (\(pixels) pixels) is outside the \(classes) classes, which are 0 to "
        + "\(classes - 1), and 255 for ignored pixels; correct the mask, or list more classes in "
        + "classes.txt."
    case .unlistedColor(let file, let color, let pixels, let listed):
      "\(file): the color \(color) (\(pixels) pixels) is "
        + (listed == 0
          ? "no class, since no classes.txt lists colors; write one"
          : "not among the \(listed) that classes.txt lists; complete it")
        + ", with a line 'NAME R G B' for each class."
    case .coloredInstances(let file):
      "\(file) is in color, but masks in instances/ are numbers: 0 for the background, and 1, 2, 3 for the objects of "
        + "an image; save each as a gray PNG."
    case .wideColors(let file):
      "\(file) has colors of 16 bits each, and a mask's values must be exact; save it in gray, or with 8 bits a color."
    case .allIgnored(let file):
      "\(file) is ignored at every pixel; correct it, or remove it."
    case .unclear(let folder, let found, let remedy):
      "the masks of \(folder) are ambiguous: \(found); \(remedy)."
    case .oneClass(let folder, let part):
      "the \(part.map { $0 + " " } ?? "")masks of \(folder) have only one class, at every pixel; "
        + "are they all background, or all foreground? Bring masks that have both."
    case .foregroundIgnored(let folder, let pixels, let names):
      "no pixel of the masks of \(folder) is of one of the run's classes but the background, and "
        + "\(quantity(pixels, "pixel")) \(pixels == 1 ? "is" : "are") ignored, as 255 is in masks of numbers; number the "
        + "classes as the run does: 1 is '\(names.dropFirst().first ?? "")'."
    case .badClass(let file, let line, let reason):
      "\(file), line \(line): \(reason); write 'NAME', or 'NAME R G B' with numbers from 0 to 255."
    case .noImages(let folder, let part):
      "\(folder) has no \(part) images; training and evaluation need images of their own."
    }
  }

  private static func text(_ others: Int, _ count: Int) -> String {
    others == 0 ? "" : ", and \(others) more of \(count) have none"
  }
}

/// Width and height of an image.
public struct ImageSize: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Pixels from left to right.
  public var width: Int
  /// Pixels from top to bottom.
  public var height: Int

  /// Creates a size.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The size as text: `640x480`.
  public var description: String { "\(width)x\(height)" }
  /// The number of pixels.
  public var area: Int { width * height }

  /// Whether width and height have changed places, as they do where an image is rotated.
  func isTurned(from other: ImageSize) -> Bool {
    width != height && width == other.height && height == other.width
  }

  /// Why they have, most likely.
  static let turnedWords =
    "width and height have changed places, most likely since the image's EXIF orientation rotates it"
}
