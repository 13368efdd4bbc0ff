import Formatting
import Foundation

/// Why the folders of a data set cannot be read as classes, though there are images in them.
public enum LayoutError: Error, Equatable {
  /// Images that lie side by side, or in the folders of splits, without a folder for each class.
  case noClassFolders(folder: String, parts: [String])
  /// Parts to evaluate on, with classes in them, and none to train on.
  case noTrainingSplit(folder: String, parts: [String])
  /// Two folders that are the same split by their names.
  case partTwice(folder: String, names: [String])
  /// Folders of classes beside the folder of a split that has classes of its own.
  case classesBesideSplit(folder: String, part: String)
  /// A folder beside others that is a data set of its own.
  case splitsBelow(folder: String, name: String, parts: [String])
  /// A folder that holds a single one, in which the data set may lie.
  case oneFolder(folder: String, name: String)
  /// Images beside their masks or annotations.
  case otherTask(folder: String, images: String, labels: String, Labels)
  /// A folder that holds a single one, in which images lie with masks or boxes.
  case otherTaskBelow(folder: String, name: String)
  /// A folder of a class in which masks lie beside images.
  case masksInClasses(folder: String, name: String, Masks)
  /// Two folders whose images have the same names, as images and their masks have.
  case counterparts(folder: String, names: [String], shared: Int, of: Int, example: String)
  /// Parts with the images of one of two domains each, `trainA` beside `trainB`.
  case domains(folder: String, names: [String])
  /// Parts by one of several words of their names, and what they are best called.
  case prefixedSplits(folder: String, parts: [String], names: [String])
  /// Folders of classes with a folder for each split in them.
  case splitsInClasses(folder: String, name: String, parts: [String])
  /// Folders that all hold folders of the same names.
  case sameFolders(folder: String, names: [String], inner: [String])
  /// Images with boxes, in a known format, where classes are expected.
  case boxes(folder: String, AnnotationFormat)
  /// Images without a folder for each class, beside labels in a format that is not read.
  case unreadLabels(folder: String, file: String, UnreadLabels)
  /// A folder whose name is no UTF-8.
  case nameNotUTF8(folder: String, name: String)
  /// Two class folders whose names are the same letters, written in two Unicode forms.
  case sameLetters(folder: String, name: String)
  /// A link to a folder above it.
  case linkToAbove(link: String)
  /// A class of which no training image can be read; the first of them.
  case noReadableImage(className: String, count: Int, first: BrokenImage)

  /// How masks lie in the folder of a class.
  public enum Masks: Sendable, Hashable {
    /// In a folder beside that of the images, or beside the images themselves.
    case inFolder(images: String?, masks: String)
    /// In a folder beside that of one image, a mask for each object.
    case ofObjects(images: String, masks: String)
    /// Beside their images, called as they are with an ending.
    case byName(image: String, mask: String)
  }

  /// Labels that are not read.
  public enum UnreadLabels: Sendable, Hashable {
    /// An XML file of all images, as CVAT exports.
    case cvat
    /// JSON that is not COCO's, as LabelMe, VIA and FiftyOne write.
    case json
    /// A table of labels, such as a CSV file.
    case table

    /// What they are, and what to do.
    var sentence: String {
      let classes = "to classify, give each class a folder."
      let others = "export COCO, VOC or YOLO to detect, or PNG masks to segment; " + classes
      return switch self {
      case .cvat: "which looks like CVAT's annotations, and is not read; " + others
      case .json: "which is JSON, but not COCO's, and is not read; " + others
      case .table: "and no table of labels is read; " + classes
      }
    }
  }

  /// What lies beside images.
  public enum Labels: Sendable, Hashable {
    /// Images, which are masks.
    case masks
    /// XML files, as VOC's boxes come.
    case voc
    /// Text files, as YOLO's boxes come.
    case yolo
    /// Text files that are not YOLO's, as KITTI's and VisDrone's boxes come.
    case text
    /// JSON files, as COCO's boxes come.
    case coco
    /// Files of another kind.
    case other

    /// The layout in which they are read.
    var remedy: String {
      switch self {
      case .masks:
        "To segment, name the two folders images/ and masks/, with a PNG mask of each image's name"
      case .voc:
        "To detect, name the two folders JPEGImages/ and Annotations/, with an XML file of each "
          + "image's name"
      case .yolo:
        "To detect, name the two folders images/ and labels/, with a text file of each image's name, "
          + "and put a data.yaml with the classes' names beside them"
      case .text:
        "To detect, convert the text files, which are not YOLO's (KITTI's and VisDrone's are not), to VOC's, "
          + "COCO's or YOLO's format"
      case .coco:
        "To detect, put COCO's JSON file into annotations/ as instances_train.json, and the images "
          + "into images/"
      case .other:
        "To segment, put masks of the images' names into masks/; to detect, annotations into "
          + "Annotations/ (XML) or labels/ (YOLO)"
      }
    }
  }
}

extension LayoutError: DescribedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    func list(_ names: [String]) -> String { names.map { $0 + "/" }.joined(separator: ", ") }
    switch self {
    case .noClassFolders(let folder, let parts):
      let positions =
        parts.isEmpty ? "CLASS/" : parts.map { $0 + "/CLASS/" }.joined(separator: " and ")
      return "\(folder) has images"
        + (parts.isEmpty ? "" : " in \(list(parts))")
        + ", but no folder for each class; move the images of each class into \(positions)"
        + (parts.count == 1 ? "; if \(parts[0])/ is a class itself, rename it." : ".")
    case .noTrainingSplit(let folder, let parts):
      return
        "\(folder) has \(list(parts)) to evaluate on, but nothing to train on; call the folder "
        + "of training images train/, with a folder for each class in it."
    case .partTwice(let folder, let names):
      return "\(folder) has \(list(names)), which are the same split by their names; keep one, or "
        + "call one val/ and the other test/."
    case .classesBesideSplit(let folder, let part):
      return "\(folder) has folders of classes beside \(part)/, which has classes of its own; move "
        + "the classes beside it into train/."
    case .splitsBelow(let folder, let name, let parts):
      return
        "\(folder)/\(name) is a data set of its own, with \(list(parts)), and no class; name it: "
        + "--data \(folder)/\(name)."
    case .oneFolder(let folder, let name):
      return
        "\(folder) has images in one folder only, \(name)/; if the folders in that one are the "
        + "classes, name it: --data \(folder)/\(name). Else add a folder for another class."
    case .otherTask(let folder, let images, let labels, let kind):
      let what = kind == .masks ? "masks" : "annotations"
      return
        "\(folder) has \(images)/ beside \(labels)/, which look like images and their \(what), "
        + "and no classes. \(kind.remedy); to classify, give each class a folder."
    case .boxes(let folder, let format):
      return
        "\(folder) has images with boxes in \(format.owner) format, and no classes. Detect with --task detect; to "
        + "classify, give each class a folder."
    case .otherTaskBelow(let folder, let name):
      return
        "\(folder) has images in one folder only, \(name)/, together with their masks or "
        + "annotations; name it: --data \(folder)/\(name)."
    case .masksInClasses(let folder, let name, .ofObjects(let images, let masks)):
      return
        "\(folder)/\(name) has an image in \(images)/ and its masks in \(masks)/, and is not a class. To "
        + "segment, move the images of all such folders into images/, and write for each a PNG of its name "
        + "into instances/, in which the background is 0 and the objects are 1, 2, ..."
    case .masksInClasses(let folder, let name, let masks):
      let (what, from) =
        switch masks {
        case .byName(let image, let mask):
          ("has masks beside their images (\(mask) beside \(image))", "the masks")
        case .inFolder(let images?, let masks), .ofObjects(let images, let masks):
          ("has \(images)/ beside \(masks)/, which look like images and their masks", "\(masks)/")
        case .inFolder(nil, let masks):
          ("has \(masks)/ beside the images that they mask", "\(masks)/")
        }
      return
        "\(folder)/\(name) \(what): masks are not images of a class. To classify, move \(from) of every "
        + "class out of \(folder); to segment, move the images of each folder into \(folder)/images/FOLDER "
        + "and its masks into \(folder)/masks/FOLDER."
    case .counterparts(let folder, let names, let shared, let count, let example):
      return
        "\(folder) has \(list(names)), and \(shared) of \(count) images have the same names in both (\(example)), "
        + "as images and their masks have, and no classes. \(Labels.masks.remedy); to classify, give the images of "
        + "each class names of their own."
    case .domains(let folder, let names):
      let moves = names.map { "\($0)/ to \($0.dropLast())/\($0.suffix(1))/" }
      return
        "\(folder) has \(list(names)), which are two domains for translating images, and not classes; to classify "
        + "the domains, move \(moves.joined(separator: ", "))."
    case .prefixedSplits(let folder, let parts, let names):
      let moves = zip(parts, names).map { "\($0)/ to \($1)/" }
      return
        "\(folder) has \(list(parts)), which are splits by their names, not classes; "
        + "move \(moves.joined(separator: ", ")), with a folder for each class in each."
    case .splitsInClasses(let folder, let name, let parts):
      let moves = parts.map { "\(name)/\($0)/ to \($0)/\(name)/" }
      return
        "\(folder) has the folders of splits inside those of classes (\(list(parts.map { name + "/" + $0 }))); "
        + "exchange them: move \(moves.joined(separator: ", ")), and so for every class."
    case .sameFolders(let folder, let names, let inner):
      let first = names.prefix(3).map { $0 + "/" }.joined(separator: ", ")
      return
        "\(folder) has \(names.count) folders (\(first)\(names.count > 3 ? ", ..." : "")) that all hold "
        + "folders of the same names (\(list(Array(inner.prefix(5))))): these look like the classes, and "
        + "what is above them like folds or splits. Name one of them (--data \(folder)/\(names[0])), or move them "
        + "into train/ and test/; if the outer folders are the classes, move their images into them."
    case .unreadLabels(let folder, let file, let kind):
      return "\(folder) has images without a folder for each class, beside \(file), "
        + kind.sentence
    case .nameNotUTF8(let folder, let name):
      return "\(folder) has a folder whose name is not UTF-8, so it cannot be opened "
        + "(something like '\(name)'); rename it."
    case .sameLetters(let folder, let name):
      return "\(folder) has two folders named '\(name)', the same letters in two Unicode forms; "
        + "rename one of them, or move its images into the other."
    case .linkToAbove(let link):
      return "\(link) is a link to a folder above it, so that its images would be read again and "
        + "again; remove it."
    case .noReadableImage(let name, let count, let first):
      return
        "no image of the class '\(name)' can be read: \(count) of \(count) are broken, the first "
        + "\(first.path): \(first.fault). Repair them, or move the class away."
    }
  }
}
