import Formatting
import Foundation

/// What can be wrong with annotations, or with a model's results.
public enum AnnotationError: Error, Equatable {
  /// A file that is cut short, or not of its format; `location` is a line or a byte.
  case syntax(file: String, location: String, reason: String)
  /// A field that is not there.
  case missing(file: String, field: String)
  /// A field whose value is of another kind than it has to be.
  case wrongKind(file: String, field: String, found: String, wanted: String)
  /// A box whose right or lower edge lies before its left or upper one.
  case wrongOrder(file: String, field: String, reason: String)
  /// Something that is there twice.
  case duplicate(file: String, field: String, what: String)
  /// A box or a result of an image that the data set does not have.
  case unknownImage(file: String, field: String, image: String, dataSet: String)
  /// Annotations of an image whose file is not there.
  case missingImage(file: String, image: String)
  /// A name that several images have, and none where it would be looked for.
  case ambiguousImage(file: String, field: String, name: String, images: [String])
  /// An image whose size cannot be read.
  case unusableImage(path: String, reason: String)
  /// An image that is listed and has no annotations.
  case missingAnnotation(list: String, image: String, lookedFor: String)
  /// Annotation files of one data set that list other categories.
  case categoriesDiffer(file: String, other: String)
  /// YOLO's labels whose classes are counted from 1.
  case classesFromOne(file: String, count: Int)
  /// COCO's boxes or VOC's that are shares of their images, not pixels.
  case boxesAsShares(path: String, boxes: Int, of: Int)
  /// COCO's boxes that are two corners, not a corner and a size.
  case boxesAsCorners(path: String, over: Int, inside: Int, of: Int)
  /// Wanted classes that the data set does not have.
  case unknownClasses(path: String, names: [String], known: [String])
  /// A data set without an image.
  case noImages(path: String)
  /// A data set of several splits, none of which is to train on.
  case noTrainingSplit(path: String, splits: [String])
  /// A data set without a box on the images that are used.
  case noBoxes(path: String, images: String)
  /// Boxes to train on that are all crowds or difficult, on which nothing can be trained.
  case onlyIgnored(path: String, crowds: Int, difficult: Int)
  /// Images of which nearly all are without annotations.
  case fewAnnotated(path: String, missing: Int, of: Int, image: String, lookedFor: String)
  /// A name in a file that is none of something below the folder.
  case badName(file: String, field: String, name: String, fault: RelativePath.Fault, folder: String)
  /// A folder or file in which no known format of annotations is found, and what it is nearest to.
  case unrecognized(path: String, nearest: String? = nil)
  /// Data that the format to write has no words for.
  case notWritable(file: String, reason: String)
  /// A place for a converted data set that is taken.
  case taken(path: String)
  /// A place for a converted data set within the one that is read.
  case withinInput(path: String, input: String)
}

extension AnnotationError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .syntax(let file, let location, let reason): "\(file), \(location): \(reason)."
    case .missing(let file, let field): "\(file): \(field) is missing."
    case .wrongKind(let file, let field, let found, let wanted):
      "\(file): \(field) is \(found), but must be \(wanted)."
    case .wrongOrder(let file, let field, let reason):
      "\(file): \(field) is inverted: \(reason)."
    case .duplicate(let file, let field, let what): "\(file): \(field) occurs twice: \(what)."
    case .unknownImage(let file, let field, let image, let dataSet):
      "\(file): \(field) is of image \(image), which \(dataSet) does not have; they do not belong "
        + "together."
    case .missingImage(let file, let image):
      similarlyNamedFile(image, annotatedBy: file).map { there in
        "\(file) annotates \(there), which has an unsupported format or another name there; add it as "
          + "JPEG or PNG under the annotation's name, or remove the annotation."
      }
        ?? "\(file) annotates \(image), which does not exist; add the image, or remove the annotation."
    case .ambiguousImage(let file, let field, let name, let images):
      "\(file): \(field) is '\(name)', a name that \(images.count) images have, \(images.sorted().prefix(2).joined(separator: " and "))"
        + (images.count > 2 ? " among them" : "") + "; write the folder before the name."
    case .unusableImage(let path, let reason):
      "\(path) cannot be used: \(reason); repair it, or remove it."
    case .missingAnnotation(let list, let image, let lookedFor):
      "\(list) has \(image), but there is no \(lookedFor); add it, or remove the image."
    case .categoriesDiffer(let file, let other):
      "\(file) lists other categories than \(other); they do not belong together."
    case .classesFromOne(let file, let count):
      "\(file) names \(count) classes, which count from 0, but the label files have a class \(count) and none 0: "
        + "they count from 1; subtract 1 from the first number of each of their lines, or name a class 0 that is unused."
    case .boxesAsShares(let path, let boxes, let count):
      "\(path): all numbers of \(boxes) of \(count) boxes are at most 1.5, on much larger images: they are shares of the "
        + "image, and have to be pixels; multiply them by the image's width and height."
    case .boxesAsCorners(let path, let over, let inside, let count):
      "\(path): \(over) of \(count) boxes reach over their image's edge, and \(inside) are within it if read as "
        + "two corners: COCO's bbox has to be [x, y, width, height]; subtract x and y from the last two numbers."
    case .unknownClasses(let path, let names, let known):
      "\(path) has no class \(names.map { "'\($0)'" }.joined(separator: " nor ")); it has "
        + listed(known, insteadOf: names.first ?? "", by: "the file that names them") + "."
    case .noImages(let path): "\(path) has no images; name the folder that they are in."
    case .noTrainingSplit(let path, let splits):
      "\(path) has the splits \(splits.joined(separator: " and ")) to evaluate on, and none to train on; call the one of "
        + "the training images train."
    case .noBoxes(let path, let images):
      "\(path) has no box on the \(images) images; there is nothing to detect."
    case .onlyIgnored(let path, let crowds, let difficult):
      "\(path) has \(crowds + difficult) boxes on the training images, and all of them are ignored in "
        + "training (\(crowds) crowds, \(difficult) difficult), so there is nothing to train on; remove "
        + "the marks (iscrowd, ignore, difficult) from the boxes that should be detected."
    case .fewAnnotated(let path, let missing, let count, let image, let lookedFor):
      "\(path): \(missing) of \(count) images have no annotation, the first \(image): there is no "
        + "\(lookedFor); add them, or write an empty file for each image without an object."
    case .badName(let file, let field, let name, let fault, let folder):
      "\(file): \(field) is '\(name)', " + fault.text(folder)
    case .unrecognized(let path, let nearest?):
      "\(path) has no annotations of a known format: \(nearest)."
    case .unrecognized(let path, nil):
      "\(path) has no annotations of a known format: neither VOC's (Annotations/*.xml), nor COCO's "
        + "(annotations/instances_*.json, or a .json file), nor YOLO's (data.yaml or classes.txt)."
    case .notWritable(let file, let reason): "\(file) cannot be written: \(reason)."
    case .taken(let path): "\(path) exists already; choose a new folder."
    case .withinInput(let path, let input):
      "\(path) is inside \(input), which is read; name a folder outside of it."
    }
  }
}

extension RelativePath.Fault {
  /// What is wrong, and what to do.
  fileprivate func text(_ folder: String) -> String {
    switch self {
    case .empty: "which names no file; write the file's name."
    case .zeroByte: "which has a zero byte in it; write the file's name without it."
    case .absolute, .leaves:
      "which leads out of \(folder), and not exactly one image below it has such a name; put the images "
        + "there, or trust the names with --allow-links."
    }
  }
}
