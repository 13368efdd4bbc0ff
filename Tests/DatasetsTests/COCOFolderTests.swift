import Boxes
import Datasets
import Foundation
import Testing

@Suite struct `COCO's format` {
  private let directory: BoxDirectory

  private static let train = """
    {"images": [{"id": 7, "file_name": "a.png", "width": 37, "height": 26},
                {"id": 9, "file_name": "b.png", "width": 37, "height": 26}],
     "categories": [{"id": 90, "name": "cat"}, {"id": 3, "name": "dog"}],
     "annotations": [
      {"id": 1, "image_id": 7, "category_id": 90, "bbox": [1, 2, 10, 20], "area": 55, "iscrowd": 1},
      {"id": 2, "image_id": 7, "category_id": 3, "bbox": [1, 2, 0, 20]},
      {"id": 3, "image_id": 9, "category_id": 4, "bbox": [1, 2, 3, 20]},
      {"id": 4, "image_id": 9, "category_id": 3, "bbox": [30, 20, 30, 30], "ignore": 1}]}
    """

  init() throws {
    directory = BoxDirectory()
    try directory.write(Self.train, "annotations/instances_train.json")
    for name in ["a.png", "b.png"] { try directory.image("train/" + name) }
  }

  private func images(_ folder: String) -> [AnnotatedImage] {
    [
      AnnotatedImage(
        name: "a.png", path: directory.path(folder + "a.png"), width: 37, height: 26, number: 7,
        boxes: [
          AnnotatedBox(
            Box(x: 1, y: 2, width: 10, height: 20), label: 1, area: 55, isCrowd: true)
        ]),
      AnnotatedImage(
        name: "b.png", path: directory.path(folder + "b.png"), width: 37, height: 26, number: 9,
        boxes: [
          AnnotatedBox(Box(x: 30, y: 20, width: 30, height: 30), label: 0, isDifficult: true)
        ]),
    ]
  }

  @Test func `is read with gaps between categories; what cannot be trained on is left out`()
    throws
  {
    let data = try AnnotationFormat.coco.read(directory.path)
    #expect(data.classNames == ["dog", "cat"] && data.classNumbers == [3, 90])
    #expect(data.splits == [DetectionSplit(name: "train", images: images("train/"))])
    let file = directory.path("annotations/instances_train.json")
    #expect(
      data.leftOut.map(\.description) == [
        "\(file): annotations[1] has no area",
        "\(file): annotations[2] is of the unknown class 4",
      ])
    #expect(AnnotationFormat.recognized(at: directory.path) == .coco)
  }

  @Test func `is read from a file beside its images, or below them`() throws {
    for (name, split, folder) in [
      ("images/instances.json", "all", "images/"), ("_annotations.json", "all", "images/"),
      ("valid/_annotations.coco.json", "valid", "valid/"),
    ] {
      let other = BoxDirectory()
      try other.write(Self.train, name)
      for image in ["a.png", "b.png"] { try other.image(folder + image) }
      let path = split == "all" ? other.path(name) : other.path
      #expect(AnnotationFormat.recognized(at: path) == .coco)
      let data = try AnnotationFormat.coco.read(path)
      #expect(data.splits.map(\.name) == [split])
      #expect(
        data.splits[0].images.map(\.path) == [
          other.path(folder + "a.png"), other.path(folder + "b.png"),
        ])
    }
  }

  @Test func `with other classes wanted leaves the rest out`() throws {
    let data = try AnnotationFormat.coco.read(
      directory.path, options: DetectionOptions(classNames: ["cat"]))
    #expect(data.classNames == ["cat"] && data.classNumbers == nil)
    #expect(data.splits[0].images.map { $0.boxes.map(\.label) } == [[0], []])
    // What is not wanted is not invalid.
    #expect(data.leftOut.count == 2)
    #expect(data.notes.last == "boxes of classes not among --classes are left out: dog (1)")
  }

  @Test func `with something missing is refused`() throws {
    let file = "annotations/instances_train.json"
    try directory.write(
      Self.train.replacingOccurrences(of: "90", with: "91"), "annotations/instances_val.json")
    #expect(directory.sentence(.coco).contains("instances_val.json lists other categories than"))
    try directory.remove("annotations/instances_val.json")
    try directory.remove("train/b.png")
    #expect(
      directory.sentence(.coco).contains(
        "instances_train.json annotates \(directory.path)/train/b.png"))
    let data = try AnnotationFormat.coco.read(
      directory.path, options: DetectionOptions(needsImages: false))
    #expect(data.splits[0].images.count == 2)
    try directory.change(#""file_name": "b.png", "#, "", in: file)
    #expect(directory.sentence(.coco).contains("images[1].file_name is missing"))
    for (width, words) in [("-1", "above 0"), ("99999999999", "at most 1048576 on a side")] {
      try directory.write(
        Self.train.replacingOccurrences(of: #""width": 37"#, with: #""width": \#(width)"#), file)
      try directory.image("train/b.png")
      #expect(
        directory.sentence(.coco).contains(
          "images[0] is \(width) x 26 pixels, but must be \(words)"))
    }
    try directory.write(Self.train, file)
    try directory.change(#""width": 37, "#, "", in: file)
    // Without the images nobody knows it; with them it is theirs.
    let blind = DetectionOptions(needsImages: false)
    #expect(directory.sentence(.coco, "", blind).contains("images[0].width is missing"))
    #expect(directory.sentence(.coco, "train").contains("has no annotations of a known format"))
    #expect(AnnotationFormat.recognized(at: directory.path("train")) == nil)
  }

  /// Label Studio writes notes.json beside YOLO's labels, and programs of all kinds write lists called categories.
  @Test func `is not what other programs' notes are taken for`() throws {
    let other = BoxDirectory()
    for name in ["a", "b"] {
      try other.image("images/\(name).png")
      try other.write("0 0.5 0.5 0.5 0.5\n", "labels/\(name).txt")
    }
    try other.write("cat\n", "classes.txt")
    try other.write(#"{"categories": [{"id": 0, "name": "cat"}], "info": {"year": 2026}}"#, "notes.json")
    #expect(AnnotationFormat.recognized(at: other.path) == .yolo)
    // Of many classes these are long.
    for count in [200, 500] {
      let classes = (0..<count).map { "{\"id\": \($0), \"name\": \"a class with a name, number \($0)\"}" }
      try other.write("{\"categories\": [\(classes.joined(separator: ", "))], \"info\": {}}", "notes.json")
      #expect(AnnotationFormat.recognized(at: other.path) == .yolo, "\(count)")
    }
    try other.write(#"{"annotations": [{"by": "me"}], "categories": ["cat", "dog"]}"#, "dataset.json")
    #expect(AnnotationFormat.recognized(at: other.path) == .yolo)
    for name in ["instances_all.json", "_annotations.coco.json"] {
      try other.write(#"{"categories": [{"id": 0, "name": "cat"}]}"#, name)
      #expect(AnnotationFormat.recognized(at: other.path) == .coco, "by its name \(name)")
      try other.remove(name)
    }
    // Of a long file the images may come last.
    let many = (0..<2_000).map { #"{"id": \#($0), "image_id": 1, "category_id": 0, "bbox": [1, 2, 3, 4]}"# }
    try other.write(
      #"{"annotations": ["# + many.joined(separator: ",")
        + #"], "categories": [{"id": 0, "name": "cat"}], "images": [{"id": 1, "file_name": "a.png"}]}"#, "boxes.json")
    #expect(AnnotationFormat.recognized(at: other.path) == .coco)
  }

  /// Rondo looks into 300 folders to recognize a format.
  @Test func `is found beside and above many folders of images`() throws {
    let many = BoxDirectory()
    for split in ["train", "valid"] {
      try many.write(Self.train, "\(split)/_annotations.coco.json")
      for name in ["a.png", "b.png"] { try many.image("\(split)/" + name) }
    }
    for number in 0..<310 { try many.write("x", "train/\(number)/x.md") }
    #expect(try AnnotationFormat.coco.read(many.path).splits.map(\.name) == ["train", "valid"])
  }

  /// A size that is missing, or 0, is that of the file; of a broken file nobody knows it, and it is counted where it is read.
  @Test(arguments: [("", ""), (#""width": 0, "#, "0")])
  func `that says no size has that of the images`(width: String, kind: String) throws {
    let file = "annotations/instances_train.json"
    try directory.write(Self.train, file)
    try directory.image("train/b.png")
    let whole = try AnnotationFormat.coco.read(directory.path)
    try directory.change(#""width": 37, "#, width, in: file)
    #expect(try AnnotationFormat.coco.read(directory.path) == whole)
    let first = try #require(whole.splits.first?.images.first)
    try Data("no image".utf8).write(to: URL(fileURLWithPath: first.path))
    let images = try AnnotationFormat.coco.read(directory.path).splits[0].images
    #expect(images.count == whole.splits[0].images.count && images[0].boxes.isEmpty)
    #expect(images.dropFirst().map(\.boxes) == whole.splits[0].images.dropFirst().map(\.boxes))
  }
}
