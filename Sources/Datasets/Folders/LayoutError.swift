import Foundation

/// Why the folders of a data set cannot be read as classes, though there are images in them.
public enum LayoutError: Error, Equatable {
  /// Images that lie side by side, or in the folders of parts, without a folder for each class.
  case noClassFolders(folder: String, parts: [String])
  /// Parts to evaluate on, with classes in them, and none to train on.
  case noTrainingPart(folder: String, parts: [String])
  /// Two folders that are the same part by their names.
  case partTwice(folder: String, names: [String])
  /// Folders of classes beside the folder of a part that has classes of its own.
  case classesBesidePart(folder: String, part: String)
  /// A folder beside others that is a data set of its own.
  case partsBelow(folder: String, name: String, parts: [String])
  /// A folder that holds a single one, in which the data set may lie.
  case oneFolder(folder: String, name: String)
  /// Images beside their masks or annotations.
  case otherTask(folder: String, images: String, labels: String, Labels)
  /// A folder whose name is no UTF-8.
  case nameNotUTF8(folder: String, name: String)
  /// Two class folders whose names are the same letters, written in two Unicode forms.
  case sameLetters(folder: String, name: String)
  /// A link to a folder above it.
  case linkToAbove(link: String)
  /// A class of which no training image can be read; the first of them.
  case noReadableImage(className: String, count: Int, first: BrokenImage)

  /// What lies beside images.
  public enum Labels: Sendable, Hashable {
    /// Images: masks.
    case masks
    /// XML files, as VOC's boxes come.
    case voc
    /// Text files, as YOLO's boxes come.
    case yolo
    /// JSON files, as COCO's boxes come.
    case coco
    /// Something else.
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

extension LayoutError: CustomStringConvertible, LocalizedError {
  /// One sentence: what, where, what to do.
  public var description: String {
    func list(_ names: [String]) -> String { names.map { $0 + "/" }.joined(separator: ", ") }
    switch self {
    case .noClassFolders(let folder, let parts):
      let places =
        parts.isEmpty ? "CLASS/" : parts.map { $0 + "/CLASS/" }.joined(separator: " and ")
      return "\(folder) has images"
        + (parts.isEmpty ? "" : " in \(list(parts))")
        + ", but no folder for each class; move the images of each class into \(places)."
    case .noTrainingPart(let folder, let parts):
      return
        "\(folder) has \(list(parts)) to evaluate on, but nothing to train on; name the folder "
        + "of training images train/, with a folder for each class in it."
    case .partTwice(let folder, let names):
      return "\(folder) has \(list(names)), which are the same part by their names; keep one, or "
        + "call one val/ and the other test/."
    case .classesBesidePart(let folder, let part):
      return "\(folder) has folders of classes beside \(part)/, which has classes of its own; move "
        + "the classes beside it into train/."
    case .partsBelow(let folder, let name, let parts):
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
        "\(folder) has \(images)/ beside \(labels)/, which is how images and their \(what) lie, "
        + "and no classes. \(kind.remedy); to classify, give each class a folder."
    case .nameNotUTF8(let folder, let name):
      return "\(folder) has a folder whose name is no UTF-8, so that it cannot be opened by it "
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
        + "\(first.path): \(first.fault). Mend them, or move the class away."
    }
  }

  /// The same sentence.
  public var errorDescription: String? { description }
}
