import Boxes
import Foundation
import Testing

@testable import Datasets

@Suite struct `Boxes that are written otherwise than their format has them` {
  private let directory = BoxDirectory()

  /// Why boxes on images of 37 x 26 pixels are not trained on.
  private func refusal(_ boxes: [String], beside others: [String]? = nil) throws -> String {
    try write(boxes, "train")
    if let others { try write(others, "val") }
    do {
      _ = try DataSource(named: directory.path).loadBoxes()
      return ""
    } catch { return "\(error)" }
  }

  private func write(_ boxes: [String], _ split: String) throws {
    let images = boxes.indices.map {
      "{\"id\": \($0), \"file_name\": \"\($0).png\", \"width\": 37, \"height\": 26}"
    }
    let annotations = boxes.enumerated().map {
      "{\"id\": \($0), \"image_id\": \($0), \"category_id\": 1, \"bbox\": [\($1)]}"
    }
    try directory.write(
      "{\"images\": [\(images.joined(separator: ","))], \"categories\": [{\"id\": 1, \"name\": \"cat\"}], "
        + "\"annotations\": [\(annotations.joined(separator: ","))]}",
      "annotations/instances_\(split).json")
    for number in boxes.indices { try directory.image("\(split)/\(number).png") }
  }

  @Test func `are refused in one split alone, and with a few outliers`() throws {
    let (pixels, shares) = ("8, 6, 12, 9", "0.1, 0.2, 0.5, 0.5")
    let inOne = try refusal([pixels, pixels], beside: [shares, shares])
    #expect(inOne.contains("split 'val': all numbers of 2 of 2 boxes are at most 1.5"), "\(inOne)")
    // 19 of 20 are 95 %, and 18 of 19 are less.
    let most = try refusal([String](repeating: shares, count: 19) + [pixels], beside: [pixels])
    #expect(most.contains("split 'train': all numbers of 19 of 20 boxes"), "\(most)")
    #expect(
      try refusal([String](repeating: shares, count: 18) + [pixels], beside: [pixels]) == "")
    let corners = [String](repeating: "20, 10, 36, 25", count: 19) + ["20, 10, 3, 4"]
    #expect(try refusal(corners, beside: [pixels]).contains("19 are within it if read as two"))
  }

  /// The images have 37 x 26 pixels.
  @Test func `are said to reach over the edge`() throws {
    try write(["8, 6, 12, 9", "8, 6, 12, 29", "30, 6, 12, 9", "8, 6, 12, 21"], "train")
    #expect(
      try DataSource(named: directory.path).loadBoxes().notes.filter { $0.contains("edge") } == [
        "note: 2 boxes reach over the image's edge, by up to 9 pixels, and what lies there is cut off; the first is in 1.png"
      ])
  }

  @Test func `are refused as shares of the image`() throws {
    let sentence = try refusal(["0.1, 0.2, 0.5, 0.5", "0.5, 0.5, 0.4, 0.3", "0, 0, 1, 1"])
    #expect(sentence.contains("they are shares of the image, and have to be pixels"), "\(sentence)")
    #expect(try refusal(["0.1, 0.2, 0.5, 0.5", "0.5, 0.5, 0.4, 0.3", "0, 0, 10, 1"]) == "")
  }

  @Test func `are refused as two corners`() throws {
    let corners = ["20, 10, 36, 25", "18, 14, 30, 20", "25, 2, 33, 9", "2, 3, 9, 12"]
    let sentence = try refusal(corners)
    #expect(sentence.contains("3 of 4 boxes reach over their image's edge"), "\(sentence)")
    #expect(sentence.contains("[x, y, width, height]"))
    #expect(try refusal(["20, 10, 16, 15", "18, 14, 12, 6", "25, 2, 8, 7", "2, 3, 7, 9"]) == "")
  }

  private func writeYOLO(_ labels: [String], _ folders: (String, String) = ("images", "labels"))
    throws
  {
    try directory.write("names: [dog, cat]\ntrain: \(folders.0)\n", "data.yaml")
    for (number, label) in labels.enumerated() {
      try directory.image("\(folders.0)/\(number).png")
      try directory.write(label + "\n", "\(folders.1)/\(number).txt")
    }
  }

  @Test func `are refused where YOLO's classes count from 1`() throws {
    try writeYOLO(["1 0.5 0.5 0.5 0.5", "2 0.5 0.5 0.5 0.5"])
    let sentence = directory.sentence(.yolo)
    #expect(sentence.contains("they count from 1; subtract 1"), "\(sentence)")
  }

  @Test func `are counted by class, and a class without any is named`() throws {
    try writeYOLO(["1 0.5 0.5 0.5 0.5", "1 0.25 0.5 0.5 0.5"])
    let notes = try DataSource(named: directory.path).loadBoxes().notes
    #expect(
      notes.contains(
        "1 of 2 classes without a box on the training images, so never detected: dog"), "\(notes)")
  }

  @Test func `are found in folders of any letter case, and in files that end with .TXT`() throws {
    try writeYOLO(["0 0.5 0.5 0.5 0.5", "1 0.5 0.5 0.5 0.5"], ("Images", "Labels"))
    try FileManager.default.moveItem(
      atPath: directory.path("Labels/0.txt"), toPath: directory.path("Labels/0.TXT"))
    let data = try AnnotationFormat.yolo.read(directory.path)
    #expect(data.splits.map { $0.images.map(\.boxes.count) } == [[1, 1]])
  }

  @Test func `on images that are stored turned are said to be taken as drawn upright`() throws {
    try writeYOLO(["0 0.5 0.5 0.5 0.5", "1 0.5 0.5 0.5 0.5"])
    for (name, fixture) in [("a", "orientation-3.jpg"), ("b", "orientation-1.jpg")] {
      try directory.write("0 0.5 0.5 0.5 0.5\n", "labels/\(name).txt")
      try Data(ImageFixture.bytes(fixture)).write(
        to: URL(fileURLWithPath: directory.path("images/\(name).jpg")))
    }
    let notes = try DataSource(named: directory.path).loadBoxes().notes
    #expect(
      notes.contains(
        "note: 1 image is stored rotated or mirrored (EXIF orientation) and read upright; their boxes are taken as "
          + "drawn on the upright image, the first \(directory.path("images/a.jpg"))"), "\(notes)")
  }
}
