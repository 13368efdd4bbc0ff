import Boxes
import Foundation
import Numbers

/// Writes COCO's format: `annotations/instances_SPLIT.json`.
///
/// The images lie in `SPLIT`, or in `images` where splits share some. Numbers of images and classes are
/// kept where the data have them, and else count from 1.
struct COCOWriter {
  private let data: DetectionData
  private let numbers: [Int]

  init(_ data: DetectionData) {
    self.data = data
    numbers = data.classNumbers ?? data.classNames.indices.map { $0 + 1 }
  }

  private struct Category: Encodable {
    var id: Int
    var name: String
  }

  private struct Image: Encodable {
    var id: Int
    var file_name: String
    var width, height: Int
  }

  private struct Annotation: Encodable {
    var id, image_id, category_id: Int
    var bbox: [Double]
    var area: Double
    var iscrowd: Int
    var ignore: Int?
  }

  func write(_ writer: AnnotationWriter) throws -> DetectionConversion.Account {
    try data.checkSplitNames()
    let isShared = data.sharesImages
    let names = try NewNames(data.splits, isShared: isShared, .byName)
    var placed: Set<String> = []
    for (split, names) in zip(data.splits, names.names) {
      try writer.write(try json(split, names), "annotations/instances_\(split.name).json")
      let folder = isShared ? "images" : split.name
      if writer.images != .none { try writer.makeFolder(folder) }
      for (image, name) in zip(split.images, names) {
        let file = "\(folder)/\(name)"
        if placed.insert(file).inserted { try writer.place(image, file) }
      }
    }
    return data.account(names)
  }

  private func json(_ split: DetectionSplit, _ names: [String]) throws -> Data {
    let given = split.images.compactMap(\.number)
    let imageNumbers =
      Set(given).count == split.images.count ? given : split.images.indices.map { $0 + 1 }
    var json = Data(#"{"images":["#.utf8)
    try append(
      zip(imageNumbers, zip(split.images, names)).map { number, named in
        let (image, name) = named
        return Image(id: number, file_name: name, width: image.width, height: image.height)
      }, to: &json)
    json += Data(#"],"categories":["#.utf8)
    try append(zip(numbers, data.classNames).map(Category.init), to: &json)
    json += Data(#"],"annotations":["#.utf8)
    // An image's boxes at a time: the encoder takes many times the memory of what it writes.
    var count = 0
    for (number, image) in zip(imageNumbers, split.images) where !image.boxes.isEmpty {
      if count > 0 { json += Data(",\n".utf8) }
      try append(
        image.boxes.map { annotated in
          count += 1
          let box = annotated.box
          return Annotation(
            id: count, image_id: number, category_id: numbers[annotated.label],
            bbox: [box.x, box.y, box.width, box.height], area: annotated.area,
            iscrowd: annotated.isCrowd ? 1 : 0, ignore: annotated.isDifficult ? 1 : nil)
        }, to: &json)
    }
    return json + Data("]}\n".utf8)
  }

  /// Appends values with commas between them.
  private func append(_ values: [some Encodable], to json: inout Data) throws {
    json += try JSONText.data(values).dropFirst().dropLast()
  }
}
