import Boxes
import Foundation
import Randomness
import Testing

@testable import Datasets

/// Data sets of random names, splits and boxes, through all three formats.
@Suite struct `Any data set, written and read again` {
  private let directory: BoxDirectory

  init() throws { directory = BoxDirectory() }

  private static let words = [
    "a", "0001", "images", "labels", "train", "val", "my photo", "größe", "写真", "a.b", "x_mask",
    "IMG-1",
    "100%", "a'b", "a&b <c>", "semi;colon", "JPEGImages", "Annotations", " space", "e\u{301}te",
  ]
  private static let splits = [
    ["train", "val"], ["train", "val", "test"], ["all"], ["train2017", "valid"],
    ["fold-1", "fold 2"],
    ["train", "all"], ["images", "train"], ["annotations", "labels"],
  ]

  /// A data set whose images all differ in their pixels.
  ///
  /// - Parameter isShared: whether images are in several splits.
  private func data(seed: UInt64, isShared: Bool) throws -> DetectionData {
    var stream = RandomStream(seed: seed, for: .shapes)
    let names = Self.splits[Int(seed) % Self.splits.count]
    var taken: Set<String> = []
    var number = 0
    func image(_ split: String) throws -> AnnotatedImage {
      var name: String
      repeat {
        let depth = Int.random(in: 0...2, using: &stream)
        let parts = (0...depth).map { _ in Self.words.randomElement(using: &stream) ?? "a" }
        name =
          parts.joined(separator: "/") + "."
          + (["png", "jpg", "PNG"].randomElement(using: &stream) ?? "png")
      } while !taken.insert(split + "/" + name).inserted
      number += 1
      let (width, height) = (
        Int.random(in: 4...40, using: &stream), Int.random(in: 4...40, using: &stream)
      )
      let pixels = (0..<(width * height)).map { UInt8(($0 * 7 + number * 13) % 251) }
      let path = directory.path("source-\(seed)/\(split)/\(number)/image")
      try directory.write("", "source-\(seed)/\(split)/\(number)/image")
      try MaskDirectory.png(pixels, width, height, 1).write(to: URL(fileURLWithPath: path))
      let boxes = (0..<Int.random(in: 0...3, using: &stream)).map { _ in
        let x = Double.random(in: 0..<Double(width - 2), using: &stream)
        let y = Double.random(in: 0..<Double(height - 2), using: &stream)
        let whole = Bool.random(using: &stream)
        let box = Box(
          x: x, y: y, width: Double.random(in: 1...(Double(width) - x), using: &stream),
          height: Double.random(in: 1...(Double(height) - y), using: &stream))
        return AnnotatedBox(
          whole ? Box(x: x.rounded(.down), y: y.rounded(.down), width: 1, height: 2) : box,
          label: .random(in: 0..<3, using: &stream))
      }
      return AnnotatedImage(name: name, path: path, width: width, height: height, boxes: boxes)
    }
    var splits = try names.map { split in
      DetectionSplit(
        name: split,
        images: try (0..<Int.random(in: 1...5, using: &stream)).map { _ in
          try image(isShared ? "" : split)
        })
    }
    // A box at least, so that there is something to read.
    splits[0].images[0].boxes = [AnnotatedBox(Box(x: 0, y: 0, width: 2, height: 2), label: 1)]
    if isShared, splits.count > 1 { splits[1].images += splits[0].images.prefix(2) }
    return DetectionData(classNames: ["cat", "a & b <c>", "größe: no"], splits: splits)
  }

  /// An image by its pixels, with its boxes by classes' names, to a millionth of a pixel.
  private func facts(_ data: DetectionData, named: Bool) throws -> [String: [String]] {
    try Dictionary(
      uniqueKeysWithValues: data.splits.map { split in
        let images = try split.images.map { image in
          let pixels = try Data(
            contentsOf: URL(fileURLWithPath: image.path).resolvingSymlinksInPath())
          let boxes = image.boxes.map { box in
            let numbers = [box.box.x, box.box.y, box.box.maxX, box.box.maxY]
              .map { String(format: "%.5f", $0 + 1e-7) }
            return "\(data.classNames[box.label]) \(numbers)"
          }.sorted()
          return
            "\(named ? image.name : "") \(pixels.hashValue) \(image.width)x\(image.height) \(boxes)"
        }
        return (split.name, images.sorted())
      })
  }

  /// Where Ultralytics looks for the labels of an image.
  private func labels(of image: String) -> String {
    var parts = ((image as NSString).deletingPathExtension + ".txt").components(separatedBy: "/")
    if let directory = parts.dropLast().lastIndex(of: "images") { parts[directory] = "labels" }
    return parts.joined(separator: "/")
  }

  @Test(arguments: 0..<12) func `keeps every box, image, split and name in all directions`(
    seed: UInt64
  ) throws {
    let isShared = seed % 3 == 2
    let start = try data(seed: seed, isShared: isShared)
    let formats = AnnotationFormat.allCases
    let (a, b, c) = (
      formats[Int(seed) % 3], formats[(Int(seed) + 1) % 3], formats[(Int(seed) + 2) % 3]
    )
    // Each format into each other one, and back to the first one directly and over the third.
    let way = [a, b, a, c, b, c, a]
    var last = start
    var isRenamed = false
    for (step, format) in way.enumerated() {
      let path = directory.path("\(seed)-\(step)")
      let images: DetectionConversion.Images = seed % 2 == 0 ? .link : .copy
      let account = try DetectionConversion(of: last, to: format, images: images).write(to: path)
      isRenamed = isRenamed || account.renamed > 0
      #expect(AnnotationFormat.recognized(at: path) == format)
      last = try format.read(path)
      let words = "seed \(seed), step \(step) of \(way)"
      #expect(last.leftOut.isEmpty && last.notes.isEmpty, "\(words): \(last.notes)")
      #expect(try facts(last, named: !isRenamed) == facts(start, named: !isRenamed), "\(words)")
      guard format == .yolo else { continue }
      for image in last.splits.flatMap(\.images) {
        let text = try String(contentsOfFile: labels(of: image.path), encoding: .utf8)
        #expect(text.split(separator: "\n").count == image.boxes.count, "\(words)")
      }
    }
  }

  @Test func `may have images of one name in two folders, and of one stem`() throws {
    for name in ["a/0.jpg", "b/0.jpg", "0.jpg", "0.png", "images/0.jpg"] {
      try directory.image(name)
    }
    let start = DetectionData(
      classNames: ["cat"],
      splits: [
        DetectionSplit(
          name: "train",
          images: ["a/0.jpg", "b/0.jpg", "0.jpg", "0.png", "images/0.jpg"].enumerated().map {
            AnnotatedImage(
              name: $1, path: directory.path($1), width: 37, height: 26,
              boxes: [AnnotatedBox(Box(x: Double($0), y: 1, width: 5, height: 5), label: 0)])
          })
      ])
    for format in AnnotationFormat.allCases {
      let account = try DetectionConversion(of: start, to: format).write(
        to: directory.path("\(format)"))
      #expect(account.renamed == (format == .coco ? 0 : 1))
      #expect(account.firstRenamed == (format == .coco ? nil : "0.png -> 0-2.png"))
      let read = try format.read(directory.path("\(format)"))
      #expect(Set(read.splits[0].images.map { $0.boxes[0].box.x.rounded() }).count == 5)
    }
  }

  @Test func `may have names of the same letters in two Unicode forms`() throws {
    let names = ["caf\u{E9}.png", "cafe\u{301}.png"]
    for name in names { try directory.image("set/" + name) }
    let start = DetectionData(
      classNames: ["cat"],
      splits: [
        DetectionSplit(
          name: "train",
          images: names.enumerated().map {
            AnnotatedImage(
              name: $1, path: directory.path("set/" + $1), width: 37, height: 26,
              boxes: [AnnotatedBox(Box(x: Double($0), y: 1, width: 5, height: 5), label: 0)])
          })
      ])
    for format in AnnotationFormat.allCases {
      let account = try DetectionConversion(of: start, to: format).write(
        to: directory.path("\(format)"))
      #expect(account.images == 2 && account.boxes == 2 && account.renamed == 1)
      let read = try format.read(directory.path("\(format)"))
      #expect(Set(read.splits[0].images.map { $0.boxes[0].box.x.rounded() }) == [0, 1])
    }
  }
}
