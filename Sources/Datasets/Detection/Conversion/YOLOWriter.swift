import Boxes
import Foundation
import Yams

/// Writes YOLO's format: `data.yaml`, `images/SPLIT` and `labels/SPLIT`.
///
/// Where splits share images, all lie in `images`, and `SPLIT.txt` lists them. The split `all` is called
/// `train`, without which other programs do not read the format. The format has no crowds and no difficult
/// boxes, and none that reach beyond their image: these are left out, forgotten and cut off, and counted.
struct YOLOWriter {
  private let data: DetectionData

  init(_ data: DetectionData) { self.data = data }

  func write(_ writer: AnnotationWriter) throws -> DetectionConversion.Account {
    try data.checkSplitNames(
      taken: YOLODescription.splitKeys.subtracting(["train", "val", "test"]))
    try data.checkBoxesAgree()
    let isShared = data.sharesImages
    let names = try NewNames(data.splits, isShared: isShared, .byStem)
    var account = DetectionConversion.Account()
    account.note(names)
    var written: Set<String> = []
    for (split, names) in zip(data.splits, names.names) {
      let below = isShared ? "images" : "images/\(split.name)"
      // A split without images is a split all the same.
      if writer.images != .none { try writer.makeFolder(below) }
      var list = ""
      for (image, name) in zip(split.images, names) {
        let file = "\(below)/\(name)"
        list += "./\(file)\n"
        guard written.insert(file).inserted else { continue }
        try writer.place(image, file)
        account.images += 1
        // The rule is one of paths from the root on, as `./` makes this one.
        let labels = YOLODescription.labelFile(of: "./" + file).dropFirst(2)
        try writer.write(lines(image, &account), String(labels))
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
    let hasTrain = data.splits.contains { $0.name == "train" }
    let splits = data.splits.map { split in
      (
        Node(split.name == "all" && !hasTrain ? "train" : split.name),
        Node(isShared ? split.name + ".txt" : "images/\(split.name)")
      )
    }
    let names = data.classNames.enumerated().map { (Node(String($0), Tag(.int)), Node($1, Tag(.str), .doubleQuoted)) }
    let mapping = Node.Mapping(splits + [(Node("names"), Node.mapping(Node.Mapping(names)))])
    return try Yams.serialize(node: .mapping(mapping))
  }
}
