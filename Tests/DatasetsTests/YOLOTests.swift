import Boxes
import Datasets
import Foundation
import Testing

@Suite struct `YOLO's format` {
  private let directory: BoxDirectory

  init() throws {
    directory = BoxDirectory()
    try directory.write(
      "path: ../elsewhere\ntrain: images/train\nval: [images/val]\ntest:\nnc: 2\nnames: [dog, cat]\n",
      "data.yaml")
    try directory.image("images/train/a.png")
    try directory.image("images/train/b.png")
    try directory.image("images/val/sub/c.jpg")
    // Of 37 by 26 pixels: the middle half, and the left upper quarter.
    try directory.write("1 0.5 0.5 0.5 0.5\n\n0 0.25 0.25 0.5 0.5\n", "labels/train/a.txt")
    try directory.write("", "labels/val/sub/c.txt")
  }

  private let boxes = [
    AnnotatedBox(Box(x: 9.25, y: 6.5, width: 18.5, height: 13), label: 1),
    AnnotatedBox(Box(x: 0, y: 0, width: 18.5, height: 13), label: 0),
  ]

  @Test func `is read by its description; an image without labels is empty`() throws {
    let data = try AnnotationFormat.yolo.read(directory.path)
    func image(_ split: String, _ name: String, _ boxes: [AnnotatedBox] = []) -> AnnotatedImage {
      AnnotatedImage(
        name: name, path: directory.path("images/\(split)/\(name)"), width: 37, height: 26,
        boxes: boxes)
    }
    #expect(data.classNames == ["dog", "cat"] && data.leftOut.isEmpty)
    #expect(
      data.splits == [
        DetectionSplit(
          name: "train", images: [image("train", "a.png", boxes), image("train", "b.png")]),
        DetectionSplit(name: "val", images: [image("val", "sub/c.jpg")]),
      ])
    let path = directory.path
    #expect(
      data.notes == [
        "\(path)/data.yaml: path is '../elsewhere', which does not exist; \(path) is read instead",
        "train: 1 of 2 images have no label file and count as background, the first "
          + "\(path)/images/train/b.png: there is no \(path)/labels/train/b.txt nor "
          + "\(path)/images/train/b.txt",
      ])
    #expect(try AnnotationFormat.yolo.read(directory.path("data.yaml")) == data)
    #expect(AnnotationFormat.recognized(at: directory.path) == .yolo)
    #expect(AnnotationFormat.recognized(at: directory.path("data.yaml")) == .yolo)
  }

  @Test func `has names by number, images by list, and splits of other names`() throws {
    try directory.write(
      "train: ../few.txt\nfold-1: few.txt\nnames:\n  1: cat\n  0: dog\ndownload: none\n",
      "data.yaml")
    try directory.write("./images/train/a.png\n\n", "few.txt")
    let data = try AnnotationFormat.yolo.read(directory.path)
    #expect(data.classNames == ["dog", "cat"])
    #expect(data.splits.map(\.name) == ["train", "fold-1"])
    #expect(data.splits.allSatisfy { $0.images.map(\.boxes) == [boxes] })
    #expect(data.splits[0].images[0].name == "train/a.png")
  }

  @Test func `is read by classes.txt, from folders or from one`() throws {
    try directory.remove("data.yaml")
    try directory.write("dog\ncat\n\n", "classes.txt")
    let data = try AnnotationFormat.yolo.read(directory.path)
    #expect(data.splits.map(\.name) == ["train", "val"])
    #expect(data.splits[0].images[0].boxes == boxes)

    let flat = BoxDirectory()
    try flat.write("dog\ncat\n", "classes.txt")
    try flat.image("a.png")
    try flat.write("1 0.5 0.5 0.5 0.5\n", "a.txt")
    let read = try AnnotationFormat.yolo.read(flat.path)
    #expect(read.splits.map(\.name) == ["all"])
    #expect(read.splits[0].images[0].boxes == [boxes[0]])
  }

  @Test func `leaves out boxes without area and of unknown classes, and says where`() throws {
    try directory.write(
      "7 0.5 0.5 0.5 0.5\n0 0.5 0.5 0 0.5\n1 0.5 0.5 0.1 0.1\n", "labels/train/a.txt")
    let data = try AnnotationFormat.yolo.read(directory.path)
    let file = directory.path("labels/train/a.txt")
    #expect(
      data.leftOut.map(\.description) == [
        "\(file): line 1 is of the unknown class 7", "\(file): line 2 has no area",
      ])
    #expect(data.splits[0].images[0].boxes.count == 1)
    let cats = try AnnotationFormat.yolo.read(
      directory.path, options: DetectionOptions(classNames: ["cat"]))
    #expect(cats.splits[0].images[0].boxes.map(\.label) == [0])
    #expect(cats.leftOut == data.leftOut)
  }

  @Test func `leaves out label files of images that are not read as such`() throws {
    try directory.write("train: images/train\nnames: [dog, cat]\n", "data.yaml")
    try directory.write("0 0.5 0.5 0.5 0.5\n", "unsorted/d.txt")
    try directory.write("a note\n", "unsorted/readme.txt")
    #expect(
      try AnnotationFormat.yolo.read(directory.path).account.linesOfLeftOut == [
        "left out: 1 file, images in folders that are not searched: images/val/sub/c.jpg",
        "left out: 2 files, label files of images that are not read; the first is labels/val/sub/c.txt",
        "left out: 1 file, without an image extension: unsorted/readme.txt",
      ])
  }

  @Test(arguments: [
    ("1 0.5 0.5 0.5", "line 1 is of 4 numbers, but must be of 5"),
    ("1 0.1 0.2 0.3 0.4 0.5", "line 1 is of 6 numbers"),
    ("1 0.1 0.2 0.3 0.4 0.5 0.6 0.7", "line 1 is of 8 numbers"),
    ("1 0.1 0.2 0.3 0.4 0.5 1.6", "line 1, column 7 is '1.6'"),
    ("cat 0.5 0.5 0.5 0.5", "line 1, column 1 is 'cat'"),
    ("1.5 0.5 0.5 0.5 0.5", "line 1, column 1 is '1.5'"),
    (
      "1 0.5 0.5 0.5 0.5\n1 320 0.5 0.5 0.5",
      "line 2, column 2 is '320', but must be a share of the image, from 0 to 1"
    ),
    ("1 0.5 0.5 0.5 -0.5", "line 1, column 5 is '-0.5'"),
    ("1 0.5 nan 0.5 0.5", "line 1, column 3 is 'nan'"),
  ]) func `with a fault in its labels is refused, by file, line and column`(
    text: String, words: String
  ) throws {
    try directory.write(text, "labels/train/a.txt")
    let sentence = directory.sentence(.yolo)
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains("labels/train/a.txt"))
  }

  @Test(arguments: [
    ("names: [dog, cat]", "", "data.yaml: names is missing"),
    ("names: [dog, cat]", "names: [dog, dog]", "names[1] occurs twice: 'dog'"),
    ("names: [dog, cat]", "names: {0: dog, 2: cat}", "names is numbered with gaps"),
    ("names: [dog, cat]", "names: dog", "names is 'dog', but must be a list of names"),
    ("train: images/train", "train: images/nowhere", "train: images/nowhere is missing"),
    ("train: images/train", "train: [images/train", "data.yaml, line 3: it is not YAML"),
    ("nc: 2", "nc: 2\nnc: 2", "data.yaml, line 5: 'nc' is written twice here; remove one"),
    ("names: [dog, cat]", "names: [dog, [cat]]", "names[1] is no name"),
    ("names: [dog, cat]", "names: [null, cat]", "names[0] is no name"),
    ("nc: 2", "kpt_shape: [2, 4]", "kpt_shape is another value, but must be [POINTS, 2]"),
  ]) func `with a fault in its description is refused, by field`(
    old: String, new: String, words: String
  ) throws {
    try directory.change(old, new, in: "data.yaml")
    let sentence = directory.sentence(.yolo)
    #expect(sentence.contains(words), "\(sentence)")
  }

  // Two points of three numbers: without the shape they would be an outline's points, and its box wrong.
  @Test func `with keypoints behind its boxes has those boxes`() throws {
    try directory.change("nc: 2", "kpt_shape: [2, 3]", in: "data.yaml")
    try directory.write(
      "1 0.5 0.5 0.5 0.5 0.1 0.1 2 0.9 0.9 0\n0 0.25 0.25 0.5 0.5 0 0 0 0.2 0.3 1\n",
      "labels/train/a.txt")
    #expect(try AnnotationFormat.yolo.read(directory.path).splits[0].images[0].boxes == boxes)
  }

  @Test func `has names whose numbers are quoted`() throws {
    try directory.change("names: [dog, cat]", "names: {'1': cat, '0': dog}", in: "data.yaml")
    #expect(try AnnotationFormat.yolo.read(directory.path).classNames == ["dog", "cat"])
  }

  @Test func `with hardly any label files is refused, and says where they were looked for`() throws {
    for number in 0..<18 { try directory.image("images/train/x\(number).png") }
    let sentence = directory.sentence(.yolo)
    #expect(sentence.contains("19 of 20 images have no annotation, the first "), "\(sentence)")
    #expect(
      sentence.contains("images/train/b.png: there is no \(directory.path)/labels/train/b.txt"))
    // Empty files say that there is nothing on an image.
    for number in 0..<18 { try directory.write("", "labels/train/x\(number).txt") }
    let data = try AnnotationFormat.yolo.read(directory.path)
    #expect(data.splits[0].images.count == 20)
    #expect(data.notes.last?.contains("train: 1 of 20 images") == true)
  }

  /// NumPy writes classes with a point, and shares a little beyond the edge, which is cut off as of other boxes.
  @Test func `has classes that are written with a point`() throws {
    try directory.write("1.0 0.5 0.5 0.5 0.5\n0.0 0.25 0.25 0.5 0.5\n", "labels/train/a.txt")
    #expect(try AnnotationFormat.yolo.read(directory.path).splits[0].images[0].boxes == boxes)
    try directory.write("0 0.5 0.5 1.00001 0.5\n", "labels/train/a.txt")
    #expect(try AnnotationFormat.yolo.read(directory.path).splits[0].images[0].boxes.count == 1)
  }

  @Test func `is recognized by classes.txt where many images are empty`() throws {
    let other = BoxDirectory()
    try other.write("cat\n", "classes.txt")
    for index in 0..<80 {
      try other.image("images/\(100 + index).png")
      try other.write(index < 70 ? "" : "0 0.5 0.5 0.5 0.5\n", "labels/\(100 + index).txt")
    }
    #expect(AnnotationFormat.recognized(at: other.path) == .yolo)
  }

  /// One of four test images is broken: it is found before anything is trained.
  @Test func `with broken images in a part is refused when it is read`() throws {
    let other = BoxDirectory()
    try other.write("train: images/train\nval: images/val\nnames: [cat]\n", "data.yaml")
    for split in ["train", "val"] {
      for index in 0..<4 {
        try other.image("images/\(split)/\(index).png")
        try other.write("0 0.5 0.5 0.5 0.5\n", "labels/\(split)/\(index).txt")
      }
    }
    let source = try DataSource(named: other.path)
    #expect(try source.loadBoxes().test.count == 4)
    try other.write("no image", "images/val/2.png")
    let refusal = #expect(throws: DataError.self) { try source.loadBoxes() }
    #expect("\(refusal.map { "\($0)" } ?? "")".contains("1 of 4 images are broken, the first"))
    #expect(try source.loadBoxes(BoxOptions(allowsBroken: true)).test.count == 4)
  }

  @Test func `with labels of no image is refused, and one that is broken is not`() throws {
    try directory.write("0 0.5 0.5 0.5 0.5\n", "labels/train/lost.txt")
    #expect(directory.sentence(.yolo).contains("labels/train/lost.txt annotates lost.jpg"))
    try directory.write("no image", "images/train/lost.heic")
    let sentence = directory.sentence(.yolo)
    #expect(
      sentence.contains("images/train/lost.heic, which has an unsupported format"), "\(sentence)")
    try directory.remove("images/train/lost.heic")
    try directory.remove("labels/train/lost.txt")
    // A broken image is counted where it is read, as in the other formats.
    try directory.write("no image", "images/train/a.png")
    let images = try AnnotationFormat.yolo.read(directory.path).splits[0].images
    #expect(images.map(\.name) == ["a.png", "b.png"] && images[0].boxes.isEmpty)
    // Where nobody can read the image, its boxes would be lost.
    let conversion = DetectionConversion(of: try AnnotationFormat.yolo.read(directory.path), to: .coco)
    let refusal = #expect(throws: AnnotationError.self) { try conversion.write(to: directory.path + "-coco") }
    #expect("\(refusal.map { "\($0)" } ?? "")".contains("a.png"))
    try directory.write("train: few.txt\nnames: [dog]\n", "data.yaml")
    try directory.write("./images/train/z.png\n", "few.txt")
    #expect(directory.sentence(.yolo).contains("few.txt annotates"))
    try directory.write("./images/train/b.png\n./images/train/b.png\n", "few.txt")
    #expect(directory.sentence(.yolo).contains("line 2 occurs twice"))
  }
}
