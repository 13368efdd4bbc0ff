import Boxes
import Datasets
import Foundation
import Testing

@Suite struct `VOC's format` {
  private let directory: BoxDirectory

  private static let cats = """
    <?xml version="1.0"?>
    <annotation>
      <folder>VOC2012</folder><filename>a.png</filename>
      <size><width>37</width><height>26</height><depth>1</depth></size>
      <object>
        <name>cat</name><difficult>1</difficult><truncated>0</truncated>
        <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
        <bndbox><xmax>20</xmax><xmin>10</xmin><ymin>5.5</ymin><ymax>26</ymax></bndbox>
      </object>
      <object>
        <name>a &amp; b</name>
        <bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>
      </object>
    </annotation>
    """

  init() throws {
    directory = BoxDirectory()
    try directory.write(Self.cats, "Annotations/a.xml")
    try directory.write(
      "<annotation><size><width>37</width><height>26</height></size></annotation>",
      "Annotations/b.xml")
    for name in ["a.png", "b.png"] { try directory.image("JPEGImages/" + name) }
    try directory.write("a\n", "ImageSets/Main/train.txt")
    try directory.write("b\na\n", "ImageSets/Main/trainval.txt")
    try directory.write("a 1\nb -1\n", "ImageSets/Main/cat_trainval.txt")
  }

  @Test func `may lie below, a folder a year, whose lists of one name are one split`() throws {
    let above = BoxDirectory()
    for (year, image) in [("VOC2007", "x"), ("VOC2012", "y")] {
      try above.write(Self.cats, "VOCdevkit/\(year)/Annotations/\(image).xml")
      try above.image("VOCdevkit/\(year)/JPEGImages/\(image).png")
      try above.write("\(image)\n", "VOCdevkit/\(year)/ImageSets/Main/train.txt")
    }
    try above.write(Self.cats, "VOCdevkit/VOC2007/Annotations/z.xml")
    try above.image("VOCdevkit/VOC2007/JPEGImages/z.png")
    try above.write("z\n", "VOCdevkit/VOC2007/ImageSets/Main/test.txt")
    let data = try AnnotationFormat.voc.read(above.path)
    func names(_ split: DetectionSplit) -> [String] {
      split.images.map { URL(fileURLWithPath: $0.path).lastPathComponent }
    }
    let images = Dictionary(uniqueKeysWithValues: data.splits.map { ($0.name, names($0)) })
    #expect(images == ["train": ["x.png", "y.png"], "test": ["z.png"]])
    #expect(data.account.lines == ["used: 3 as lists, 3 as annotation files, 3 as images"])
  }

  @Test func `is read by its lists; an image may be in several, or empty`() throws {
    let data = try AnnotationFormat.voc.read(directory.path)
    let a = AnnotatedImage(
      name: "a.png", path: directory.path("JPEGImages/a.png"), width: 37, height: 26,
      boxes: [
        AnnotatedBox(Box(x: 10, y: 5.5, width: 10, height: 20.5), label: 1, isDifficult: true),
        AnnotatedBox(Box(x: 1, y: 2, width: 2, height: 2), label: 0),
      ])
    let b = AnnotatedImage(
      name: "b.png", path: directory.path("JPEGImages/b.png"), width: 37, height: 26)
    #expect(data.classNames == ["a & b", "cat"] && data.leftOut.isEmpty && data.notes.isEmpty)
    #expect(
      data.splits == [
        DetectionSplit(name: "train", images: [a]),
        DetectionSplit(name: "trainval", images: [b, a]),
      ])
    #expect(
      data.account.lines == [
        "used: 2 as lists, 2 as annotation files, 2 as images",
        "left out: 1 file, lists of the images of one class: ImageSets/Main/cat_trainval.txt",
      ])
    #expect(AnnotationFormat.recognized(at: directory.path) == .voc)
  }

  @Test func `without lists is read whole`() throws {
    try directory.remove("ImageSets")
    let data = try AnnotationFormat.voc.read(directory.path)
    #expect(data.splits.map(\.name) == ["all"])
    #expect(data.splits[0].images.map(\.name) == ["a.png", "b.png"])
    try directory.image("JPEGImages/c.jpg")
    #expect(
      try AnnotationFormat.voc.read(directory.path).account.lines.last
        == "left out: 1 file, images without an annotation: JPEGImages/c.jpg")
    for number in 0..<20 { try directory.image("JPEGImages/\(number).jpg") }
    #expect(directory.sentence(.voc).contains("21 of 23 images have no annotation, the first "))
    #expect(directory.sentence(.voc).contains("JPEGImages/0.jpg: there is no 0.xml"))
  }

  @Test func `of a file that is empty is refused by name, beside images too`() throws {
    let beside = BoxDirectory()
    let text = try String(contentsOfFile: directory.path("Annotations/a.xml"), encoding: .utf8)
    for name in ["a", "b"] {
      try beside.image("train/\(name).png")
      try beside.write(name == "a" ? text : "", "train/\(name).xml")
    }
    #expect(beside.sentence(.voc).contains(beside.path("train/b.xml")))
    #expect(beside.sentence(.voc).contains("it is empty"))
    try beside.remove("train/b.xml")
    try beside.write("<notes/>", "train/notes.xml")
    let data = try AnnotationFormat.voc.read(beside.path)
    #expect(data.account.lines.contains { $0.contains("XML of another format: train/notes.xml") })
    try directory.write("", "Annotations/a.xml")
    #expect(directory.sentence(.voc).contains("it is empty"))
  }

  @Test func `leaves out what cannot be trained on, and says where`() throws {
    try directory.change("<xmax>20</xmax>", "<xmax>10</xmax>", in: "Annotations/a.xml")
    try directory.change(
      "<xmin>1</xmin><ymin>2</ymin><xmax>3</xmax>",
      "<xmin>37</xmin><ymin>2</ymin><xmax>40</xmax>", in: "Annotations/a.xml")
    let data = try AnnotationFormat.voc.read(directory.path)
    let file = directory.path("Annotations/a.xml")
    #expect(
      data.leftOut.map(\.description) == [
        "\(file): object[1] has no area", "\(file): object[2] is outside the image",
      ])
    #expect(data.splits[0].images[0].boxes.isEmpty)
    let cats = try AnnotationFormat.voc.read(
      directory.path, options: DetectionOptions(classNames: ["cat"]))
    #expect(cats.classNames == ["cat"] && cats.leftOut == data.leftOut)
    #expect(
      directory.sentence(.voc, "", DetectionOptions(classNames: ["cat", "dog"])).contains(
        "has no class 'dog'; it has a & b, cat."))
  }

  /// What is put in the place of what in a.xml, and what the sentence must contain.
  static let faults: [(String, String, String)] = [
    ("</annotation>", "", "it is truncated, or not XML"),
    ("<width>37</width>", "<width>-1</width>", "size/width is '-1', but must be above 0"),
    (
      "<width>37</width>", "<width>9000000000000000000</width>",
      "size/width is '9000000000000000000', but must be at most 1048576"
    ),
    ("<height>26</height>", "<height>tall</height>", "size/height is 'tall'"),
    (
      "<xmax>20</xmax>", "<xmax>3</xmax>",
      "object[1]/bndbox is inverted: xmax (3) is below xmin (10)"
    ),
    (
      "<ymax>4</ymax>", "<ymax>1.5</ymax>",
      "object[2]/bndbox is inverted: ymax (1.5) is below ymin (2)"
    ),
    ("<ymax>4</ymax>", "<ymax>nan</ymax>", "object[2]/bndbox/ymax is 'nan'"),
    ("<ymax>4</ymax>", "", "object[2]/bndbox/ymax is missing"),
    ("<name>cat</name>", "", "object[1]/name is missing"),
    ("<difficult>1</difficult>", "<difficult>yes</difficult>", "object[1]/difficult is 'yes'"),
    ("annotation>", "html>", "its outermost element is html, not annotation"),
  ]

  @Test(arguments: faults.indices) func `with a fault is refused, by file and field`(
    index: Int
  ) throws {
    let (old, new, words) = Self.faults[index]
    try directory.change(old, new, in: "Annotations/a.xml")
    let sentence = directory.sentence(.voc)
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains("Annotations/a.xml"), "\(sentence)")
  }

  /// Some programs write no size, or 0 by 0.
  @Test(arguments: ["", "<size><width>0</width><height>0</height></size>"])
  func `without sizes has those of its images`(size: String) throws {
    let whole = try AnnotationFormat.voc.read(directory.path)
    try directory.change(
      "<size><width>37</width><height>26</height><depth>1</depth></size>", size, in: "Annotations/a.xml")
    #expect(try AnnotationFormat.voc.read(directory.path) == whole)
    let sentence = directory.sentence(.voc, "", DetectionOptions(needsImages: false))
    #expect(sentence.contains("Annotations/a.xml: size/width is missing"), "\(sentence)")
  }

  @Test func `has names in CDATA`() throws {
    try directory.change(
      "<name>cat</name>", "<name><![CDATA[cat & <dog>]]></name>", in: "Annotations/a.xml")
    #expect(try AnnotationFormat.voc.read(directory.path).classNames == ["a & b", "cat & <dog>"])
  }

  @Test func `that is no UTF-8 and does not say so is refused as that`() throws {
    let file = URL(fileURLWithPath: directory.path("Annotations/a.xml"))
    let latin = Self.cats.replacingOccurrences(of: "<name>cat", with: "<name>caf\u{E9}")
    try #require(latin.data(using: .isoLatin1)).write(to: file)
    #expect(directory.sentence(.voc).contains("line 6 is not UTF-8 text; save it as UTF-8"))
    let declared = latin.replacingOccurrences(
      of: "\"1.0\"", with: "\"1.0\" encoding=\"ISO-8859-1\"")
    try #require(declared.data(using: .isoLatin1)).write(to: file)
    #expect(try AnnotationFormat.voc.read(directory.path).classNames == ["a & b", "caf\u{E9}"])
  }

  // Joining the path of every element that ends takes time by the square of the depth: 160 s at 50,000.
  @Test func `nested deeply is read in no time`() throws {
    let depth = 20_000
    try directory.change(
      "<folder>",
      String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        + "<folder>", in: "Annotations/a.xml")
    let start = ContinuousClock.now
    #expect(try AnnotationFormat.voc.read(directory.path).classNames == ["a & b", "cat"])
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func `that is cut short anywhere is refused`() throws {
    let whole = Array(Self.cats.utf8)
    for length in stride(from: 0, to: whole.count, by: 23) {
      try directory.write(
        String(decoding: whole.prefix(length), as: UTF8.self), "Annotations/a.xml")
      let sentence = directory.sentence(.voc)
      #expect(sentence.contains("a.xml, line "), "\(length): \(sentence)")
      #expect(sentence.contains(length == 0 ? "it is empty" : "it is truncated"), "\(sentence)")
    }
  }

  @Test func `with something missing or twice is refused`() throws {
    try directory.write("a\nb\na\n", "ImageSets/Main/train.txt")
    #expect(
      directory.sentence(.voc).contains("train.txt: line 3 occurs twice: a is in line 1 too"))
    try directory.write("c\n", "ImageSets/Main/train.txt")
    #expect(directory.sentence(.voc).contains("train.txt has c, but there is no"))
    try directory.write("a\n", "ImageSets/Main/train.txt")
    try directory.remove("JPEGImages/b.png")
    let sentence = directory.sentence(.voc)
    #expect(
      sentence.contains("Annotations/b.xml annotates") && sentence.contains("b.jpg"), "\(sentence)")
    let data = try AnnotationFormat.voc.read(
      directory.path, options: DetectionOptions(needsImages: false))
    #expect(data.splits[1].images.count == 2)
  }
}
