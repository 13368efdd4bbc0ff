import Boxes
import Foundation

/// Writes PASCAL VOC's format.
///
/// A crowd has an element `iscrowd` of 1, and is marked difficult too, so that programs that do not know
/// the element pass over it. Areas of masks and numbers of images and classes are not part of the format.
/// Folders in images' names are kept, in `Annotations/` and `JPEGImages/` alike.
struct VOCWriter {
  private let data: DetectionData

  init(_ data: DetectionData) { self.data = data }

  func write(_ writer: AnnotationWriter) throws -> DetectionConversion.Account {
    try data.checkSplitNames()
    try data.checkBoxesAgree()
    try checkClassNames()
    var splits = data.splits
    if hasPartFolders {
      for position in splits.indices {
        for image in splits[position].images.indices {
          splits[position].images[image].name =
            "\(splits[position].name)/\(splits[position].images[image].name)"
        }
      }
    }
    let names = try NewNames(splits, isShared: true, .byStem)
    var written: Set<String> = []
    for (split, names) in zip(splits, names.names) {
      var list = ""
      for (image, name) in zip(split.images, names) {
        list += stem(name) + "\n"
        guard written.insert(name).inserted else { continue }
        try writer.write(xml(image, name), "Annotations/\(stem(name)).xml")
        try writer.place(image, "JPEGImages/\(name)")
      }
      try writer.write(list, "ImageSets/Main/\(split.name).txt")
    }
    try writer.makeFolder("Annotations")
    return data.account(names)
  }

  /// Whether each part's images lie in a folder of its name, since two parts have images of one name.
  ///
  /// Readers take that folder off again where all names of a part have it, so that a part of which all
  /// names begin so by themselves gets it once more.
  private var hasPartFolders: Bool {
    guard !data.sharesImages else { return false }
    var splits: [String: String] = [:]
    var isTwice = false
    var areBelow = true
    for split in data.splits {
      for image in split.images {
        let other = splits.updateValue(split.name, forKey: stem(image.name))
        isTwice = isTwice || (other != nil && other != split.name)
        areBelow = areBelow && image.name.hasPrefix(split.name + "/")
      }
    }
    return isTwice || areBelow
  }

  /// Refuses names that XML has no words for, or that readers would trim.
  private func checkClassNames() throws {
    for name in data.classNames {
      let isPlain = !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
      guard isPlain, !name.isEmpty, name == name.trimmingCharacters(in: .whitespaces) else {
        throw AnnotationError.notWritable(
          file: "class '\(name)'",
          reason:
            "the format has no names that are empty, begin or end with a space, or have control "
            + "characters; rename the class")
      }
    }
  }

  private func xml(_ image: AnnotatedImage, _ name: String) -> String {
    var lines = [
      "<annotation>", "  <folder>\(escaped(joined("JPEGImages", folderPart(name))))</folder>",
      "  <filename>\(escaped(lastPart(name)))</filename>",
      "  <size><width>\(image.width)</width><height>\(image.height)</height>"
        + "<depth>3</depth></size>",
      "  <segmented>0</segmented>",
    ]
    for annotated in image.boxes {
      let box = annotated.box
      lines += [
        "  <object>",
        "    <name>\(escaped(data.classNames[annotated.label]))</name>",
        "    <pose>Unspecified</pose>",
        "    <truncated>0</truncated>",
        "    <difficult>\(annotated.isDifficult || annotated.isCrowd ? 1 : 0)</difficult>",
      ]
      if annotated.isCrowd { lines.append("    <iscrowd>1</iscrowd>") }
      lines += [
        "    <bndbox>",
        "      <xmin>\(plain(box.x))</xmin>", "      <ymin>\(plain(box.y))</ymin>",
        "      <xmax>\(plain(box.maxX))</xmax>", "      <ymax>\(plain(box.maxY))</ymax>",
        "    </bndbox>", "  </object>",
      ]
    }
    return (lines + ["</annotation>"]).joined(separator: "\n") + "\n"
  }

  private func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(of: ">", with: "&gt;")
  }
}
