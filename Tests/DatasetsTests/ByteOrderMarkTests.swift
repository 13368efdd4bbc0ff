import Foundation
import Testing

@testable import Datasets

/// Every text file of a data set, with a byte-order mark before it, as Windows' programs leave one.
@Suite struct `A byte-order mark` {
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Puts a mark before every text file below a folder, and returns how many there were.
  private func mark(_ folder: String) throws -> Int {
    var count = 0
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where [".txt", ".xml", ".json", ".yaml"].contains(where: name.hasSuffix) {
      let file = URL(fileURLWithPath: folder + "/" + name)
      try (Data(Self.mark) + Data(contentsOf: file)).write(to: file)
      count += 1
    }
    return count
  }

  private func expectSame(_ directory: BoxDirectory, _ format: AnnotationFormat, files: Int) throws {
    let plain = try format.read(directory.path)
    #expect(plain.splits.contains { $0.images.contains { !$0.boxes.isEmpty } })
    #expect(try mark(directory.path) == files)
    #expect(AnnotationFormat.recognized(at: directory.path) == format)
    #expect(try format.read(directory.path) == plain)
  }

  @Test func `changes nothing of YOLO's description, labels and lists`() throws {
    let directory = BoxDirectory()
    for name in ["a", "b"] { try directory.image("images/\(name).png") }
    try directory.write("train: few.txt\nval: rest.txt\nnames: [dog, cat]\n", "data.yaml")
    try directory.write("images/a.png\n", "few.txt")
    try directory.write("images/b.png\n", "rest.txt")
    try directory.write("1 0.5 0.5 0.5 0.5\n", "labels/a.txt")
    try directory.write("", "labels/b.txt")
    try expectSame(directory, .yolo, files: 5)
  }

  @Test func `changes nothing of YOLO's classes.txt`() throws {
    let directory = BoxDirectory()
    try directory.image("images/a.png")
    try directory.write("dog\ncat\n", "classes.txt")
    try directory.write("0 0.5 0.5 0.5 0.5\n", "labels/a.txt")
    try expectSame(directory, .yolo, files: 2)
  }

  @Test func `changes nothing of VOC's annotations and lists`() throws {
    let directory = BoxDirectory()
    try directory.image("JPEGImages/a.png")
    try directory.write(
      """
      <?xml version="1.0"?>
      <annotation><filename>a.png</filename><size><width>37</width><height>26</height></size>
      <object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>
      </object></annotation>
      """, "Annotations/a.xml")
    try directory.write("a\n", "ImageSets/Main/train.txt")
    try expectSame(directory, .voc, files: 2)
  }

  @Test func `changes nothing of COCO's file, and UTF-16 is refused in a sentence`() throws {
    let directory = BoxDirectory()
    try directory.image("train/a.png")
    let text = """
      {"images": [{"id": 1, "file_name": "a.png", "width": 37, "height": 26}],
       "categories": [{"id": 3, "name": "cat"}],
       "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}]}
      """
    try directory.write(text, "annotations/instances_train.json")
    try expectSame(directory, .coco, files: 1)
    let wide = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    try Data([0xFF, 0xFE] + wide).write(
      to: URL(fileURLWithPath: directory.path("annotations/instances_train.json")))
    #expect(directory.sentence(.coco).contains("it is UTF-16; save it as UTF-8"))
  }

  @Test func `changes nothing of a list of masks and the names of their classes`() throws {
    let directory = MaskDirectory()
    for name in ["a", "b", "c"] {
      try directory.image("images/\(name).png")
      try directory.mask("masks/\(name).png") { UInt8($0 % 2) }
    }
    try directory.write("sky\nsea\n", "classes.txt")
    try directory.write("a\nb\n", "train.txt")
    try directory.write("c\n", "val.txt")
    let plain = try DataSource(named: directory.path).loadMasks()
    #expect(try mark(directory.path) == 3)
    let marked = try DataSource(named: directory.path).loadMasks()
    #expect(marked.classNames == ["sky", "sea"] && plain.classNames == marked.classNames)
    #expect(marked.train.names == ["a", "b"] && marked.test.names == ["c"])
  }

  @Test func `changes nothing of a list of images on standard input`() {
    var lines = ["\u{FEFF}a.png", "b.png"].makeIterator()
    #expect(Array(ImagePaths(["-"], nextLine: { lines.next() })) == ["a.png", "b.png"])
  }
}
