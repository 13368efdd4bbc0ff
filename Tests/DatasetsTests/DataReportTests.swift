import Foundation
import Numbers
import Randomness
import TestSupport
import Testing

@testable import Datasets

@Suite struct `The report on a data set` {
  /// A color image of random blotches, other ones for each seed.
  private func blotches(_ seed: Int, width: Int = 120, height: Int = 100) -> [UInt8] {
    var stream = RandomStream(seed: UInt64(seed), for: .shapes)
    let grid = (0..<81).map { _ in Double.random(in: 20...235, using: &stream) }
    return (0..<(width * height)).flatMap { pixel -> [UInt8] in
      let (x, y) = (
        8 * Double(pixel % width) / Double(width), 8 * Double(pixel / width) / Double(height)
      )
      let (column, row) = (Int(clamping: x), Int(clamping: y))
      let (across, down) = (x - Double(column), y - Double(row))
      func level(_ right: Int, _ below: Int) -> Double { grid[(row + below) * 9 + column + right] }
      let top = level(0, 0) * (1 - across) + level(1, 0) * across
      let bottom = level(0, 1) * (1 - across) + level(1, 1) * across
      let level8 = UInt8(clamping: top * (1 - down) + bottom * down)
      return [level8, level8 / 2, 90]
    }
  }

  private func png(_ seed: Int, width: Int = 120, height: Int = 100) -> [UInt8] {
    let pixels = blotches(seed, width: width, height: height)
    return [UInt8](
      pixels.withUnsafeBufferPointer {
        PNG.encoded($0, width: width, height: height, channels: 3)
      })
  }

  private func jpeg(_ seed: Int, width: Int = 120, height: Int = 100) -> [UInt8] {
    [UInt8](
      JPEG.encoded(
        blotches(seed, width: width, height: height), width: width, height: height))
  }

  private func report(_ path: String) throws -> DataReport {
    let source = try DataSource(named: path)
    if source.hasMasks { return DataReport(try source.loadMasks(DataOptions(allowsBroken: true))) }
    if source.hasBoxes { return DataReport(try source.loadBoxes(BoxOptions(allowsBroken: true))) }
    return DataReport(try source.load(DataOptions(allowsBroken: true)))
  }

  private func finding(_ check: String, in report: DataReport) throws -> DataReport.Finding {
    try #require(report.findings.first { $0.check == check })
  }

  @Test func `of classes finds what was planted, and nothing else`() throws {
    let folder = TemporaryDirectory()
    for seed in 0..<12 {
      try folder.write(png(seed), "train/\(seed < 8 ? "a" : "b")/\(seed).png")
    }
    for seed in 20..<26 {
      try folder.write(png(seed), "test/\(seed < 23 ? "a" : "b")/\(seed).png")
    }
    let clean = try report(folder.url.path)
    #expect(clean.raised.map(\.check) == ["rare_classes"], "\(clean.text)")
    #expect(clean.splits.map(\.images) == [12, 6])
    #expect(clean.splits[0].classes.map(\.images) == [8, 4])
    #expect(clean.sizes == [.init(width: 120, height: 100, images: 18)])
    #expect(clean.channels == ["3": 18])

    try folder.write(png(3), "test/a/again.png")
    try folder.write(png(4), "train/b/other.png")
    try folder.write(jpeg(9, width: 240, height: 200), "test/b/saved.jpg")
    let blank = [UInt8](repeating: 77, count: 120 * 100 * 3)
    try folder.write([UInt8](JPEG.encoded(blank, width: 120, height: 100)), "train/a/plain.jpg")
    try folder.write(Array(jpeg(30).prefix(900)), "train/a/cut.jpg")
    let found = try report(folder.url.path)
    let expected = [
      "broken": 1, "blank": 1, "copies_across_splits": 1, "copies_under_two_classes": 1,
      "copies_within_splits": 1, "near_copies_across_splits": 1,
    ]
    let counts = Dictionary(
      uniqueKeysWithValues: found.raised.map { ($0.check, $0.count) })
    #expect(counts == expected, "\(found.text)")
    let copies = try finding("copies_across_splits", in: found)
    #expect(
      copies.examples.first?.images.map(\.name) == ["train/a/3.png", "test/a/again.png"])
    #expect(copies.examples.first?.images.allSatisfy { $0.picture != nil } == true)
    let near = try finding("near_copies_across_splits", in: found)
    #expect(
      near.examples.first?.description
        == "train/b/9.png (training, b) = test/b/saved.jpg (test, b)")
    #expect(
      try finding("broken", in: found).examples.first?.images.first?.name == "train/a/cut.jpg")
  }

  @Test func `is the same when it is read back, without its pictures`() throws {
    let folder = TemporaryDirectory()
    for seed in 0..<4 { try folder.write(png(seed), "train/\(seed % 2)/\(seed).png") }
    for seed in 0..<2 { try folder.write(png(seed), "test/\(seed % 2)/\(seed).png") }
    let report = try report(folder.url.path)
    let data = try JSONText.data(report)
    #expect(!String(decoding: data, as: UTF8.self).contains("jpeg"))
    let read = try JSONText.read(DataReport.self, from: data)
    #expect(read.text == report.text)
    #expect(read.raised.map(\.count) == report.raised.map(\.count))
  }

  @Test func `of boxes finds those that stand out`() throws {
    let directory = BoxDirectory()
    // Images of 37 by 26 pixels; center, width and height as shares of them.
    let lines = [
      ["0 0.5 0.5 0.5 0.5"], ["0 0.5 0.5 0.5 0.5", "0 0.5 0.5 0.5 0.5"],
      ["0 0.5 0.5 0.4 0.4", "1 0.5 0.5 0.4 0.4"], ["1 0.5 0.5 0.05 0.5"], ["0 0.9 0.5 0.5 0.5"],
      [], ["1 0.5 0.5 0.3 0.4"],
    ]
    try directory.write("names: [cat, dog]\ntrain: images\n", "data.yaml")
    for (number, boxes) in lines.enumerated() {
      try directory.image("images/\(number).png")
      try directory.write(boxes.joined(separator: "\n"), "labels/\(number).txt")
    }
    let report = try report(directory.path)
    func count(_ check: String) throws -> Int { try finding(check, in: report).count }
    #expect(report.task == "detect")
    #expect(try count("boxes_twice") == 1)
    #expect(try count("boxes_of_two_classes") == 1)
    #expect(try count("tiny_boxes") == 1, "37 * 0.05 pixels wide")
    #expect(try count("boxes_over_the_edge") == 1)
    #expect(try count("without_boxes") == 1)
    #expect(try count("long_boxes") == 0)
    let over = try finding("boxes_over_the_edge", in: report)
    let box = try #require(over.examples.first?.images.first?.box)
    #expect(zip(box, [24.05, 6.5, 18.5, 13]).allSatisfy { abs($0 - $1) < 0.01 }, "\(box)")
  }

  @Test func `of masks finds empty ones and values that hardly any has`() throws {
    let directory = MaskDirectory()
    for number in 0..<8 {
      try directory.write(Data(png(number)), "images/\(number).png")
      try directory.mask("masks/\(number).png", width: 120, height: 100) { pixel in
        number == 0 ? 0 : pixel % 120 < 40 ? (number == 5 && pixel < 3 ? 2 : 1) : 0
      }
    }
    try directory.write((0..<6).map { "\($0)" }.joined(separator: "\n"), "train.txt")
    try directory.write("6\n7", "test.txt")
    try directory.write("background\ncell\nstray", "classes.txt")
    let report = try report(directory.path)
    #expect(report.task == "segment")
    #expect(try finding("empty_masks", in: report).count == 1)
    let rare = try finding("rare_values", in: report)
    #expect(rare.count == 1)
    #expect(rare.examples.first?.text == "value 2 in 1 of 8 masks")
    #expect(rare.examples.first?.images.first?.name == "images/5.png")
    #expect(try finding("rare_classes", in: report).examples.first?.images.first?.label == "stray")
  }

  @Test func `counts small crumbs of instances`() throws {
    let directory = MaskDirectory()
    for number in 0..<4 {
      try directory.write(Data(png(number)), "images/\(number).png")
      try directory.instances("instances/\(number).png", width: 120, height: 100) { pixel in
        pixel < 200 ? 1 : number == 2 && pixel > 11_995 ? 2 : 0
      }
    }
    let report = try report(directory.path)
    #expect(try finding("tiny_instances", in: report).count == 1, "of 4 pixels")
  }

  @Test func `shows a box with as much again around it`() throws {
    let image = ColorImage(width: 100, height: 50, pixels: [UInt8](repeating: 9, count: 15_000))
    let whole = try #require(DataReport.Picture(of: image, side: 40))
    #expect(whole.region == [0, 0, 100, 50])
    let box = try #require(DataReport.Picture(of: image, around: [60, 20, 20, 10], side: 40))
    #expect(box.region == [40, 0, 60, 50])
    #expect(Array(box.jpeg.prefix(2)) == [0xFF, 0xD8])
  }
}
