import Boxes
import Datasets
import Foundation
import Randomness
import Testing

@Suite struct `Converting boxes` {
  private let directory: BoxDirectory

  init() throws { directory = BoxDirectory() }

  /// Images with boxes of every kind that all three formats can say, in splits that may share images.
  private func data(shared: Bool, seed: UInt64 = 1) throws -> DetectionData {
    var stream = RandomStream(seed: seed, for: .shapes)
    let images = try (0..<12).map { index in
      let name = index == 3 && !shared ? "sub/3.png" : "\(index).png"
      try directory.image("source/" + name)
      let boxes = (0..<(index % 4)).map { _ in
        let whole = Bool.random(using: &stream)
        func number(_ range: Range<Double>) -> Double {
          let value = Double.random(in: range, using: &stream)
          return whole ? value.rounded(.down) : value
        }
        return AnnotatedBox(
          Box(x: number(0..<20), y: number(0..<15), width: number(1..<17), height: number(1..<11)),
          label: .random(in: 0..<3, using: &stream))
      }
      return AnnotatedImage(
        name: name, path: directory.path("source/" + name), width: 37, height: 26, boxes: boxes)
    }
    return DetectionData(
      classNames: ["1", "a & b <c>", "größe: no"],
      splits: [
        DetectionSplit(name: "train", images: Array(images.prefix(8))),
        DetectionSplit(name: "val", images: Array(images.suffix(shared ? 6 : 4))),
      ])
  }

  /// Whether two sets have the same splits, images and classes, and boxes that differ by rounding alone.
  private func expectSame(_ a: DetectionData, _ b: DetectionData, _ words: String) {
    #expect(a.leftOut.isEmpty && b.leftOut.isEmpty, "\(words)")
    #expect(a.splits.map(\.name).sorted() == b.splits.map(\.name).sorted(), "\(words)")
    for split in a.splits {
      guard let other = b.splits.first(where: { $0.name == split.name }) else { continue }
      func bare(_ image: AnnotatedImage) -> String {
        URL(fileURLWithPath: image.name).lastPathComponent.replacingOccurrences(
          of: "sub_", with: "")
      }
      let images = split.images.sorted { bare($0) < bare($1) }
      let others = other.images.sorted { bare($0) < bare($1) }
      #expect(images.map(bare) == others.map(bare), "\(words)")
      for (image, other) in zip(images, others) {
        #expect((image.width, image.height) == (other.width, other.height))
        #expect(image.boxes.count == other.boxes.count, "\(words)")
        for (box, other) in zip(image.boxes, other.boxes) {
          #expect(a.classNames[box.label] == b.classNames[other.label], "\(words)")
          let edges = [
            (box.box.x, other.box.x), (box.box.y, other.box.y), (box.box.maxX, other.box.maxX),
            (box.box.maxY, other.box.maxY), (box.area, other.area),
          ]
          #expect(edges.allSatisfy { abs($0 - $1) < 1e-9 }, "\(words): \(box), \(other)")
          #expect((box.isCrowd, box.isDifficult) == (other.isCrowd, other.isDifficult))
        }
      }
    }
  }

  @Test(arguments: AnnotationFormat.allCases, AnnotationFormat.allCases)
  func `there and back gives the same`(first: AnnotationFormat, second: AnnotationFormat) throws {
    for (shared, images) in [
      (false, DetectionConversion.Images.link), (true, .link), (false, .copy), (true, .copy),
    ] {
      let directory = directory.path("\(shared)-\(images)")
      let start = try data(shared: shared)
      var last = start
      for (step, format) in [first, second, first].enumerated() {
        let account = try DetectionConversion(of: last, to: format, images: images)
          .write(to: "\(directory)-\(step)")
        #expect(account.images == 12 && account.boxes == 18 && account.cutOff == 0)
        #expect(AnnotationFormat.recognized(at: "\(directory)-\(step)") == format)
        last = try format.read("\(directory)-\(step)")
        expectSame(start, last, "\(first), \(second), step \(step), \(shared), \(images)")
      }
    }
  }

  /// Without quotes YAML's readers, Ultralytics' too, take them for a truth value, a number and nothing.
  @Test func `writes names that look like something else in quotes`() throws {
    var start = try data(shared: false)
    start.classNames = ["no", "1e3", "null"]
    _ = try DetectionConversion(of: start, to: .yolo, images: .link).write(to: directory.path("quoted"))
    let text = try String(contentsOfFile: directory.path("quoted/data.yaml"), encoding: .utf8)
    for line in ["0: \"no\"", "1: \"1e3\"", "2: \"null\""] { #expect(text.contains(line), "\(text)") }
  }

  @Test func `keeps what COCO says where the format can`() throws {
    var start = try data(shared: false)
    start.classNumbers = [4, 17, 90]
    for split in start.splits.indices {
      for image in start.splits[split].images.indices {
        start.splits[split].images[image].number = 100 * (split + 1) + image
      }
    }
    let odd = [
      AnnotatedBox(Box(x: 1, y: 1, width: 9, height: 9), label: 0, area: 50.5, isCrowd: true),
      AnnotatedBox(Box(x: 2, y: 1, width: 9, height: 9), label: 1, isDifficult: true),
      AnnotatedBox(Box(x: 30, y: 20, width: 9.5, height: 9), label: 2),
    ]
    start.splits[0].images[0].boxes = odd
    _ = try DetectionConversion(of: start, to: .coco).write(to: directory.path("coco"))
    let coco = try AnnotationFormat.coco.read(directory.path("coco"))
    #expect(coco.classNumbers == start.classNumbers && coco.classNames == start.classNames)
    for (split, other) in zip(start.splits, coco.splits) {
      #expect(split.images.map(\.number) == other.images.map(\.number))
      #expect(split.images.map(\.boxes) == other.images.map(\.boxes), "to the last bit")
    }

    _ = try DetectionConversion(of: coco, to: .voc).write(to: directory.path("voc"))
    let voc = try AnnotationFormat.voc.read(directory.path("voc"))
    let boxes = try #require(voc.splits[0].images.first { $0.name == "0.png" }).boxes
    #expect(boxes.map(\.isCrowd) == [true, false, false])
    #expect(boxes.map(\.isDifficult) == [false, true, false])
    #expect(boxes.map(\.box) == odd.map(\.box))

    let account = try DetectionConversion(of: coco, to: .yolo).write(to: directory.path("yolo"))
    #expect((account.crowdsLeftOut, account.difficultForgotten, account.cutOff) == (1, 1, 1))
    let yolo = try AnnotationFormat.yolo.read(directory.path("yolo"))
    let cut = try #require(yolo.splits[0].images.first { $0.name == "0.png" }).boxes
    #expect(cut.count == 2)
    #expect(abs(cut[1].box.maxX - 37) < 1e-9 && abs(cut[1].box.maxY - 26) < 1e-9)
  }

  @Test func `links or copies images, or leaves them`() throws {
    let start = try data(shared: false)
    let files = FileManager.default
    for images in DetectionConversion.Images.allCases {
      let path = directory.path("\(images)")
      _ = try DetectionConversion(of: start, to: .voc, images: images).write(to: path)
      let image = path + "/JPEGImages/0.png"
      #expect(files.fileExists(atPath: image) == (images != .none))
      let link = try? files.destinationOfSymbolicLink(atPath: image)
      #expect((link != nil) == (images == .link))
    }
  }

  @Test func `leaves nothing behind where it cannot be done`() throws {
    let start = try data(shared: false)
    try directory.write("mine", "taken")
    let taken = #expect(throws: AnnotationError.self) {
      try DetectionConversion(of: start, to: .coco).write(to: directory.path("taken"))
    }
    #expect(taken.map { "\($0)" }?.hasSuffix("taken exists already; choose a new folder.") == true)
    #expect(try String(contentsOfFile: directory.path("taken"), encoding: .utf8) == "mine")

    // An image that has gone meanwhile.
    try directory.remove("source/1.png")
    #expect(throws: AnnotationError.self) {
      try DetectionConversion(of: start, to: .coco, images: .copy).write(to: directory.path("new"))
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    #expect(left == ["source", "taken"])
  }
}
