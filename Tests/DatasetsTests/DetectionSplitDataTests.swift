import Boxes
import Foundation
import Testing

@testable import Datasets

@Suite struct `Data with boxes` {
  private func data(_ splits: [(String, ClosedRange<Int>)], empty: String? = nil) -> DetectionData {
    DetectionData(
      classNames: ["a"],
      splits: splits.map { name, numbers in
        DetectionSplit(
          name: name,
          images: numbers.map { number in
            AnnotatedImage(
              name: "\(number)", path: "\(number)", width: 8, height: 8,
              boxes: name == empty
                ? [] : [AnnotatedBox(Box(x: 0, y: 0, width: 4, height: 4), label: 0)])
          })
      })
  }

  /// The splits of the data, and the sizes of the training, validation and evaluation splits.
  static let rules: [([(String, ClosedRange<Int>)], String)] = [
    ([("train", 1...5), ("val", 6...7), ("test", 8...9)], "1...5 6...7 8...9"),
    ([("train2017", 1...5), ("val2017", 6...7)], "1...5 - 6...7"),
    ([("train", 1...5), ("valid", 6...7)], "1...5 - 6...7"),
    ([("train", 1...5), ("test", 8...9)], "1...5 - 8...9"),
    ([("test", 8...9), ("train", 1...5), ("trainval", 1...7), ("val", 6...7)], "1...7 - 8...9"),
    ([("train", 1...5), ("trainval", 1...7), ("val", 6...7)], "1...5 - 6...7"),
    ([("trainval", 1...7), ("test", 8...9)], "1...7 - 8...9"),
    ([("trainval", 1...7), ("val", 6...7)], "1...5 - 6...7"),
  ]

  @Test(arguments: rules.indices) func `are divided as their parts are named`(
    index: Int
  ) throws {
    let (splits, expected) = Self.rules[index]
    let parts = try DetectionSplits(data(splits), path: "x", BoxOptions())
    func words(_ images: [AnnotatedImage]?) -> String {
      let numbers = (images ?? []).compactMap { Int($0.name) }
      guard let first = numbers.first, let last = numbers.last else { return "-" }
      return numbers == Array(first...last) ? "\(first)...\(last)" : "\(numbers)"
    }
    #expect(
      [parts.train, parts.validation, parts.test].map(words).joined(separator: " ") == expected)
    let both = "the training images are those of 'trainval'"
    #expect(parts.notes == ([4: [both], 6: [both], 7: [both + " that are not in 'val'"]][index] ?? []))
  }

  @Test func `in one part keep a fifth as the test set, the same each time`() throws {
    let parts = try DetectionSplits(data([("all", 1...20)]), path: "x", BoxOptions())
    #expect((parts.train.count, parts.test.count, parts.validation) == (16, 4, nil))
    #expect(Set((parts.train + parts.test).map(\.name)).count == 20)
    #expect(parts.notes.count == 1 && parts.notes[0].contains("4 images"))
    let again = try DetectionSplits(data([("all", 1...20)]), path: "x", BoxOptions())
    #expect(again.test == parts.test)
    let other = try DetectionSplits(data([("all", 1...20)]), path: "x", BoxOptions(splitSeed: 2))
    #expect(other.test != parts.test)
    #expect(try DetectionSplits(data([("train", 1...2)]), path: "x", BoxOptions()).test.count == 1)
  }

  @Test
  func `report training images that are evaluated too, and test images without boxes`()
    throws
  {
    let shared = try DetectionSplits(
      data([("train", 1...5), ("val", 4...7)]), path: "x", BoxOptions())
    let notes = shared.sharedImages(isForEvaluation: false).notes
    #expect(
      notes.count == 1
        && notes[0].hasPrefix("note: 2 of 4 test images are training images too, the first 4:"))
    let blind = try DetectionSplits(
      data([("train", 1...5), ("val", 6...7), ("test", 8...9)], empty: "test"), path: "x",
      BoxOptions())
    #expect((blind.validation, blind.test.map(\.name)) == (nil, ["6", "7"]))
    #expect(blind.notes == ["the 2 test images have no boxes and are not evaluated"])
  }

  @Test(arguments: ["val", "test", "train", "val2017"])
  func `in one split are divided, whatever it is called`(name: String) throws {
    let parts = try DetectionSplits(data([(name, 1...20)]), path: "x", BoxOptions())
    #expect((parts.train.count, parts.test.count, parts.validation, parts.testSplit) == (16, 4, nil, nil))
  }

  @Test func `without training or evaluation images are refused`() {
    #expect(throws: DataError.noImages(folder: "x")) {
      try DetectionSplits(data([("all", 1...1)]), path: "x", BoxOptions())
    }
    #expect(throws: AnnotationError.noTrainingSplit(path: "x", splits: ["val", "test"])) {
      try DetectionSplits(data([("val", 1...5), ("test", 6...9)]), path: "x", BoxOptions())
    }
    #expect(throws: AnnotationError.noBoxes(path: "x", images: "training")) {
      try DetectionSplits(data([("train", 1...5)], empty: "train"), path: "x", BoxOptions())
    }
  }

  @Test func `in VOC's format are read by their own lists, and counted where boxes are left out`()
    throws
  {
    let directory = BoxDirectory()
    for (number, list) in ["train", "val", "test"].enumerated() {
      try directory.write("i\(number)\n", "ImageSets/Main/\(list).txt")
      try directory.image("JPEGImages/i\(number).png")
      try directory.write(
        """
        <annotation><filename>i\(number).png</filename>
        <size><width>37</width><height>26</height></size>
        <object><name>cell</name><bndbox>
        <xmin>1</xmin><ymin>2</ymin><xmax>\(number == 2 ? 1 : 9)</xmax><ymax>9</ymax>
        </bndbox></object>
        <object><name>cell</name><bndbox>
        <xmin>10</xmin><ymin>2</ymin><xmax>19</xmax><ymax>9</ymax>
        </bndbox></object></annotation>
        """, "Annotations/i\(number).xml")
    }
    let source = try DataSource(named: directory.path)
    #expect(source.hasBoxes && source.boxFormat == .voc)
    let data = try source.loadBoxes(BoxOptions(imageSize: 32, allowsBroken: false))
    #expect([data.train, try #require(data.validation), data.test].map(\.count) == [1, 1, 1])
    #expect(data.train.images[0].name == "i0.png" && data.test.images[0].name == "i2.png")
    #expect(
      data.classNames == ["cell"] && data.found == "VOC's format: test 1, train 1, val 1 images")
    #expect(
      data.notes == [
        "boxes without a valid area or class were left out: "
          + "\(directory.path("Annotations/i2.xml")): object[1] has no area"
      ])
    #expect(data.train.frame == data.test.frame)
    #expect((data.train.frame.width, data.train.frame.height) == (32, 32))
  }

  @Test func `may be named by a single file of boxes, and by no other`() throws {
    let directory = BoxDirectory()
    let file = """
      {"images": [{"id": 1, "file_name": "a.png", "width": 37, "height": 26},
                  {"id": 2, "file_name": "b.png", "width": 37, "height": 26}],
       "categories": [{"id": 7, "name": "cell"}],
       "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 9, 9]},
                       {"id": 2, "image_id": 2, "category_id": 7, "bbox": [1, 2, 9, 9]}]}
      """
    try directory.write(file, "boxes.json")
    try directory.write("", "notes.txt")
    for name in ["a.png", "b.png"] { try directory.image(name) }
    let source = try DataSource(named: directory.path("boxes.json"))
    let data = try source.loadBoxes()
    #expect((data.train.count, data.test.count, data.classNumbers) == (1, 1, [7]))
    #expect(throws: DataError.self) { try DataSource(named: directory.path("notes.txt")) }
    #expect(try DataSource.folder(directory.path).loadBoxes().classNumbers == [7])
    let other = DataSource.fashionMNIST
    #expect(!other.hasBoxes)
    #expect(throws: AnnotationError.unrecognized(path: other.name)) { try other.loadBoxes() }
  }

  @Test func `of shapes have boxes around what was drawn`() throws {
    let data = try Shapes.detection(train: 12, test: 4, size: 64, most: 5, seed: 3)
    #expect((data.train.count, data.test.count, data.classNames.count) == (12, 4, 6))
    #expect((data.train.frame.width, data.train.frame.height) == (64, 64))
    #expect(data.train.images.contains { $0.boxes.count > 2 })
    let loader = data.test.evaluationLoader(.evaluation(count: 4, batchSize: 4), workers: 1)
    let batch = try #require(try loader.next())
    let scene = Shapes.scene(size: 64, most: 5, seed: 3, index: 12)
    #expect(Array(batch.pixels.prefix(64 * 64 * 3)) == scene.pixels)
    #expect(
      Array(batch.boxes.prefix(4 * batch.starts[1]))
        == scene.boxes.flatMap { [$0.left, $0.top, $0.right, $0.bottom].map(Float.init) })
  }
}

@Suite struct `Boxes that are ignored` {
  private func data(_ boxes: [AnnotatedBox], val: [AnnotatedBox]? = nil) -> DetectionData {
    func images(_ name: String, _ boxes: [AnnotatedBox]) -> DetectionSplit {
      DetectionSplit(
        name: name,
        images: (0..<5).map {
          AnnotatedImage(
            name: "\(name)\($0)", path: "\(name)\($0)", width: 8, height: 8, boxes: boxes)
        })
    }
    return DetectionData(
      classNames: ["a", "b"],
      splits: [images("train", boxes)] + (val.map { [images("val", $0)] } ?? []))
  }

  private let box = Box(x: 0, y: 0, width: 4, height: 4)

  @Test func `are nothing to train on alone, and counted among others`() throws {
    let crowd = AnnotatedBox(box, label: 0, isCrowd: true)
    let difficult = AnnotatedBox(box, label: 1, isDifficult: true)
    let object = AnnotatedBox(box, label: 0)
    for (boxes, crowds, hard) in [
      ([crowd], 4, 0), ([difficult], 0, 4), ([crowd, difficult], 4, 4),
    ] {
      let error = AnnotationError.onlyIgnored(path: "x", crowds: crowds, difficult: hard)
      #expect(throws: error) { try DetectionSplits(data(boxes), path: "x", BoxOptions()) }
    }
    let parts = try DetectionSplits(
      data([crowd, difficult, object], val: [crowd]), path: "x", BoxOptions())
    #expect(
      parts.notes == [
        "the 5 validation images have no boxes but crowds and difficult ones and are not evaluated",
        "the data has no evaluation split, so a fifth of the images is the test set: 1 image",
        "8 of 12 boxes on the training images are ignored in training: 4 crowds, 4 difficult",
        "all boxes of class 'b' are ignored: it will not be detected",
      ])
  }

  @Test func `and parts that are not used are reported`() throws {
    var data = data([AnnotatedBox(box, label: 0)], val: [AnnotatedBox(box, label: 0)])
    data.splits.append(DetectionSplit(name: "extra", images: [data.splits[0].images[0]]))
    let parts = try DetectionSplits(data, path: "x", BoxOptions())
    #expect(
      parts.notes == [
        "the split 'extra' (1 image) is not used: its name is neither train, val nor test",
        "1 of 2 classes without a box on the training images, so never detected: b",
      ])
  }
}
