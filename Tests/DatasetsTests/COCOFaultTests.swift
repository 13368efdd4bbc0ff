import Boxes
import Foundation
import Testing

@testable import Datasets

@Suite struct `COCO's files` {
  private let directory: BoxDirectory

  private static func file(
    _ image: String, box: String = "1, 2, 10, 20", size: String = "37, \"height\": 26"
  )
    -> String
  {
    """
    {"images": [{"id": 7, "file_name": "\(image)", "width": \(size)}],
     "categories": [{"id": 1, "name": "cat"}],
     "annotations": [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 10, 20]},
                     {"id": 2, "image_id": 7, "category_id": 1, "bbox": [\(box)]}]}
    """
  }

  init() throws {
    directory = BoxDirectory()
    for (part, image) in [("train", "a.png"), ("val", "b.png")] {
      try directory.write(Self.file(image), "annotations/instances_\(part).json")
      try directory.image("\(part)/\(image)")
    }
  }

  @Test(arguments: ["train", "val"]) func `that are empty, cut or lists are refused by name`(
    part: String
  ) throws {
    let file = "annotations/instances_\(part).json"
    for (text, words) in [
      ("", "it is empty"), ("[]", "a list"), ("{}", "missing"), ("{\"images\": [{", "truncated"),
    ] {
      try directory.write(text, file)
      #expect(AnnotationFormat.recognized(at: directory.path) == .coco)
      let sentence = directory.sentence(.coco)
      #expect(sentence.contains(directory.path(file)), "\(sentence)")
      #expect(sentence.contains(words), "\(sentence)")
    }
  }

  @Test func `that name an image which lies in two folders say where`() throws {
    let data = BoxDirectory()
    try data.write(Self.file("0.png"), "boxes.json")
    for folder in ["left", "right"] { try data.image("photos/\(folder)/0.png") }
    let sentence = data.sentence(.coco)
    for words in [
      "images[0].file_name is '0.png', a name that 2 images have", data.path("photos/left/0.png"),
      data.path("photos/right/0.png"), "write the folder before the name",
    ] {
      #expect(sentence.contains(words), "\(sentence)")
    }
  }

  @Test func `of any usual name are refused so, and others beside them left out`() throws {
    let plain = BoxDirectory()
    try plain.write(Self.file("a.png"), "train.json")
    try plain.write("", "val.json")
    try plain.image("images/a.png")
    #expect(plain.sentence(.coco).contains(plain.path("val.json")))
    let roboflow = BoxDirectory()
    try roboflow.write(Self.file("a.png"), "train/_annotations.coco.json")
    try roboflow.write("[]", "valid/_annotations.coco.json")
    try roboflow.image("train/a.png")
    #expect(roboflow.sentence(.coco).contains(roboflow.path("valid/_annotations.coco.json")))
    for name in ["captions_val.json", "val_results.json", "notes.json"] {
      try directory.write("[]", "annotations/" + name)
    }
    let data = try AnnotationFormat.coco.read(directory.path)
    #expect(data.splits.map(\.name) == ["train", "val"])
    #expect(
      data.account.lines.last?.hasPrefix("left out: 3 files, JSON beside the annotations") == true)
  }

  @Test func `without images are reported as parts that are left out`() throws {
    try directory.write(
      #"{"images": [], "annotations": [], "categories": []}"#, "annotations/instances_val.json")
    try directory.write(
      Self.file("a.png").replacing(
        "\"images\": [",
        with: "\"images\": [{\"id\": 8, \"file_name\": \"c.png\", \"width\": 37, \"height\": 26},"),
      "annotations/instances_train.json")
    try directory.image("train/c.png")
    #expect(
      try DataSource(named: directory.path).loadBoxes().notes.contains(
        "the split 'val' lists no images and is left out"))
  }

  @Test func `with a box beyond all images say that, and not that it has no area`() throws {
    for box in ["0, 0, 1e300, 1e300", "-1e9, 0, 20, 20", "0, 0, 5, 2000000"] {
      try directory.write(Self.file("a.png", box: box), "annotations/instances_train.json")
      let leftOut = try AnnotationFormat.coco.read(directory.path).leftOut.map(\.description)
      #expect(
        leftOut == [
          directory.path("annotations/instances_train.json")
            + ": annotations[1] is larger than any image (1048576 pixels on a side)"
        ])
    }
  }

  @Test func `whose sizes are those of unturned images name EXIF, and count them`() throws {
    let turned = BoxDirectory()
    let size = try ImageDecoder().header(of: ImageFixture.path("orientation-6.jpg"))
    let jpeg = try Data(ImageFixture.bytes("orientation-6.jpg"))
    let images = (0..<5).map {
      "{\"id\": \($0), \"file_name\": \"\($0).jpg\", \"width\": \(size.height), \"height\": \(size.width)}"
    }
    let boxes = (0..<5).map {
      "{\"id\": \($0), \"image_id\": \($0), \"category_id\": 1, \"bbox\": [1, 2, 10, 10]}"
    }
    try turned.write(
      "{\"images\": [\(images.joined(separator: ","))], \"categories\": [{\"id\": 1, \"name\": \"cat\"}], "
        + "\"annotations\": [\(boxes.joined(separator: ","))]}", "annotations/instances_train.json")
    for number in 0..<5 {
      try turned.write("", "train/\(number).jpg")
      try jpeg.write(to: URL(fileURLWithPath: turned.path("train/\(number).jpg")))
    }
    let data = try DataSource(named: turned.path).loadBoxes()
    let error = #expect(throws: DataError.self) {
      try data.train.evaluationLoader(
        .evaluation(count: data.train.count, batchSize: 2), workers: 1
      ).next()
    }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(
      sentence.contains("4 of 4 images have another size than their annotations say"), "\(sentence)"
    )
    #expect(sentence.contains("EXIF orientation rotates it"), "\(sentence)")
  }
}
