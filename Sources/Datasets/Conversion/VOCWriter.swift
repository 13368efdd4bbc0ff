import Boxes
import Foundation

/// Writes PASCAL VOC's form.
///
/// A crowd has an element `iscrowd` of 1, and is marked difficult too, so that programs that do not know
/// the element pass over it. Areas of masks and numbers of images and classes are not part of the form.
struct VOCWriter {
  private let data: DetectionData

  init(_ data: DetectionData) { self.data = data }

  func write(_ writer: FormWriter) throws -> DetectionConversion.Account {
    var (written, taken) = ([String: String](), [String: String]())
    for split in data.splits {
      var list = ""
      for image in split.images {
        let name = image.name.replacingOccurrences(of: "/", with: "_")
        let id = stem(name)
        list += id + "\n"
        if let other = written.updateValue(image.path, forKey: id) {
          guard other == image.path else {
            throw AnnotationError.notWritable(
              file: "Annotations/\(id).xml",
              reason: "\(image.path) and \(other) would both be written there")
          }
          continue
        }
        try writer.write(xml(image, name), "Annotations/\(id).xml")
        try writer.place(image, "JPEGImages/\(name)", taken: &taken)
      }
      try writer.write(list, "ImageSets/Main/\(split.name).txt")
    }
    return data.account()
  }

  private func xml(_ image: AnnotatedImage, _ name: String) -> String {
    var lines = [
      "<annotation>", "  <folder>JPEGImages</folder>",
      "  <filename>\(escaped(name))</filename>",
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
