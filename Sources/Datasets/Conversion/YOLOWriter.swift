import Boxes
import Foundation
import Yams

/// Writes YOLO's form: `data.yaml`, `images/SPLIT` and `labels/SPLIT`.
///
/// Where splits share images, all lie in `images`, and `SPLIT.txt` lists them. The split `all` is called
/// `train`, without which other programs do not read the form. The form has no crowds and no difficult boxes, and none that reach beyond their image: these are left
/// out, forgotten and cut off, and counted.
struct YOLOWriter {
  private let data: DetectionData

  init(_ data: DetectionData) { self.data = data }

  func write(_ writer: FormWriter) throws -> DetectionConversion.Account {
    var account = DetectionConversion.Account()
    var (written, taken) = ([String: String](), [String: String]())
    let isShared = data.sharesImages
    for split in data.splits {
      let below = isShared ? "" : split.name + "/"
      var list = ""
      for image in split.images {
        list += "./images/\(below)\(image.name)\n"
        try writer.place(image, "images/\(below)\(image.name)", taken: &taken)
        let label = "labels/\(below)\(stem(image.name)).txt"
        if let other = written.updateValue(image.path, forKey: label) {
          guard other == image.path else {
            throw AnnotationError.notWritable(
              file: label, reason: "\(image.path) and \(other) would both be written there")
          }
          continue
        }
        account.images += 1
        try writer.write(lines(image, &account), label)
      }
      if isShared { try writer.write(list, "\(split.name).txt") }
    }
    try writer.write(try description(isShared), "data.yaml")
    return account
  }

  private func lines(
    _ image: AnnotatedImage, _ account: inout DetectionConversion.Account
  ) -> String {
    var text = ""
    for annotated in image.boxes {
      guard !annotated.isCrowd else {
        account.crowdsLeftOut += 1
        continue
      }
      let box = annotated.box.clipped(width: Double(image.width), height: Double(image.height))
      // What is cut off is more than a sum's rounding.
      let isCut =
        abs(box.width - annotated.box.width) + abs(box.height - annotated.box.height) > 1e-9
      account.boxes += 1
      if annotated.isDifficult { account.difficultForgotten += 1 }
      if isCut { account.cutOff += 1 }
      text +=
        YOLOLabels.line(
          label: annotated.label, isCut ? box : annotated.box, width: image.width,
          height: image.height) + "\n"
    }
    return text
  }

  private func description(_ isShared: Bool) throws -> String {
    let splits = data.splits.map { split in
      (
        Node(split.name == "all" ? "train" : split.name),
        Node(isShared ? split.name + ".txt" : "images/\(split.name)")
      )
    }
    let names = data.classNames.enumerated().map { (Node(String($0), Tag(.int)), Node($1)) }
    let mapping = Node.Mapping(splits + [(Node("names"), Node.mapping(Node.Mapping(names)))])
    return try Yams.serialize(node: .mapping(mapping))
  }
}
