import Foundation
import TestSupport
import Testing

@testable import Datasets

private func preprocessing(
  _ width: Int, _ height: Int, _ channels: Int, shortSide: Int
) throws -> Preprocessing {
  try #require(
    Preprocessing(metadata: [
      "size": "\(height)x\(width)x\(channels)", "resize": "\(shortSide)",
      "mean": (0..<channels).map { _ in "0.5" }.joined(separator: " "),
      "deviation": (0..<channels).map { _ in "0.25" }.joined(separator: " "),
    ]))
}

private func pixels(
  _ names: [String], _ preprocessing: Preprocessing
) throws -> (pixels: [[UInt8]], samples: [Int32], broken: [BrokenImage]) {
  let files = ImageFiles(try names.map(ImageFixture.path), as: preprocessing)
  let loader = files.batches(ofAtMost: 2, workers: 2)
  let size = preprocessing.width * preprocessing.height * preprocessing.channels
  var (images, samples): ([[UInt8]], [Int32]) = ([], [])
  while let batch = try loader.next() {
    for position in 0..<batch.count {
      images.append(Array(batch.slot(position, size: size)))
      samples.append(batch.samples[position])
    }
  }
  return (images, samples, files.broken)
}

@Suite struct `Image files without classes` {
  private let names = ["color.png", "photo.jpg", "turned.png", "gray.jpg", "cmyk.jpg"]

  @Test func `are read as a run's evaluation images`() throws {
    let files = try names.enumerated().map {
      ImageFileDataset.File(path: try ImageFixture.path($1), label: Int64($0))
    }
    let set = ImageFileDataset(files, size: 21)
    let loader = set.batches(
      .evaluation(count: 5, batchSize: 5), augmentation: nil, seed: 0, workers: 1)
    let batch = try #require(try loader.next())
    let expected = (0..<5).map { Array(batch.slot($0, size: set.bytesPerImage)) }
    let read = try pixels(names, Preprocessing(of: set, momentsOf: set))
    #expect(read.pixels == expected)
    #expect(read.samples == [0, 1, 2, 3, 4])
  }

  @Test func `are taken as they are where their size is the wanted one`() throws {
    for name in ["color.png", "interlaced.png", "color-420.jpg"] {
      let known = try #require(ImageFixture.all.first { $0.name == name })
      let read = try pixels(
        [name],
        preprocessing(known.width, known.height, 3, shortSide: min(known.width, known.height)))
      #expect(known.distance(to: read.pixels[0]) <= known.tolerance, "\(name)")
    }
  }

  @Test func `become gray by their luminance where a network knows no colors`() throws {
    let known = try #require(ImageFixture.all.first { $0.name == "color.png" })
    let read = try pixels(
      ["color.png"], preprocessing(known.width, known.height, 1, shortSide: known.height))
    for (index, gray) in read.pixels[0].enumerated() {
      let (red, green, blue) = (
        Double(known.pixels[3 * index]), Double(known.pixels[3 * index + 1]),
        Double(known.pixels[3 * index + 2])
      )
      #expect(abs(Double(gray) - (0.299 * red + 0.587 * green + 0.114 * blue)) < 0.51)
    }
  }

  @Test func `of another shape than a square give as much of their middle as has it`() throws {
    let known = try #require(ImageFixture.all.first { $0.name == "color.png" })
    // 37 by 26 at half its height: the middle 26 columns of 37, 13 by 13, would be the square one.
    let read = try pixels(["color.png"], preprocessing(18, 13, 3, shortSide: 13))
    #expect(read.pixels[0].count == 18 * 13 * 3)
    let mean = Double(read.pixels[0].reduce(0) { $0 + Int($1) }) / Double(18 * 13 * 3)
    let whole = Double(known.pixels.reduce(0) { $0 + Int($1) }) / Double(known.pixels.count)
    #expect(abs(mean - whole) < 5, "nearly all of it is there")
  }

  @Test func `that are broken are left out, by their path and fault`() throws {
    let read = try pixels(
      ["color.png", "images.json", "photo.jpg"], preprocessing(8, 8, 3, shortSide: 9))
    #expect(read.samples == [0, 2])
    #expect(read.broken.map(\.fault) == [.otherKind])
    #expect(read.broken.map(\.path) == [try ImageFixture.path("images.json")])
  }
}

@Suite struct `Preprocessing in metadata` {
  @Test func `is read as it was written`() throws {
    let photos = ImageFileDataset(
      [.init(path: try ImageFixture.path("color.png"), label: 0)], size: 28)
    let written = Preprocessing(of: photos, momentsOf: photos)
    #expect(written.shortSide == 32)
    #expect(Preprocessing(metadata: written.metadata) == written)
    let small = ImageSet(height: 2, width: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6], labels: [0])
    let plain = Preprocessing(of: small, momentsOf: small)
    #expect((plain.height, plain.width, plain.channels, plain.shortSide) == (2, 3, 1, 2))
    #expect(Preprocessing(metadata: plain.metadata) == plain)
    #expect(plain.fits(small) && !plain.fits(photos))
  }

  @Test(arguments: [
    ("size", nil), ("size", "28x28"), ("size", "0x28x3"), ("size", "28x28x2"),
    ("size", "99999999999x28x3"), ("size", "28x28xx"), ("size", "28 28 3"), ("resize", nil),
    ("resize", "27"),
    ("resize", "999999999"), ("mean", "0.5"), ("deviation", nil),
  ])
  func `that is none is refused`(key: String, words: String?) {
    var metadata = [
      "size": "28x28x3", "resize": "32", "mean": "0.5 0.5 0.5", "deviation": "0.2 0.2 0.2",
    ]
    #expect(Preprocessing(metadata: metadata) != nil)
    metadata[key] = words
    #expect(Preprocessing(metadata: metadata) == nil)
  }
}

@Suite struct `A list of image files` {
  private func folder() throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    for path in ["b/2.png", "b/10.JPG", "a/x.jpeg", "c.png", ".hidden/1.png", "notes.txt"] {
      let file = folder.url.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
    return folder
  }

  @Test func `has a folder's images in the order of their names, and files whatever their name`()
    throws
  {
    let folder = try folder()
    let path = folder.url.path
    let found = ImagePaths([path + "/notes.txt", path, "nowhere.jpg"], nextLine: { nil })
    #expect(
      Array(found) == [path + "/notes.txt"]
        + ["c.png", "a/x.jpeg", "b/10.JPG", "b/2.png"].map { path + "/" + $0 } + ["nowhere.jpg"])
  }

  @Test func `is read line by line, while it is asked for`() throws {
    var lines = ["one.jpg", "", "two.jpg"]
    var asked = 0
    var paths = ImagePaths(
      ["zero.jpg", "-", "three.jpg"],
      nextLine: {
        asked += 1
        return lines.isEmpty ? nil : lines.removeFirst()
      })
    #expect(paths.next() == "zero.jpg" && asked == 0)
    #expect(paths.next() == "one.jpg" && asked == 1)
    #expect(paths.next() == "two.jpg" && asked == 3)
    #expect(paths.next() == "three.jpg")
    #expect(paths.next() == nil)
  }

  @Test func `has a list with zero bytes between the paths`() throws {
    func paths(_ text: String) -> [String] {
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      if lines.last == "" { lines.removeLast() }
      return Array(
        ImagePaths(["-"], nextLine: { lines.isEmpty ? nil : lines.removeFirst() }))
    }
    #expect(paths("a.png\0b c.png\0") == ["a.png", "b c.png"])
    #expect(paths("a.png\0two\nlines.png\0c.png") == ["a.png", "two\nlines.png", "c.png"])
    #expect(paths("a.png\nb.png\n") == ["a.png", "b.png"])
  }

  @Test func `has an image once, however it is named, and counts the others`() throws {
    let folder = try folder()
    let path = folder.url.path
    var found = ImagePaths([path, path + "/c.png", path + "/a/../b/2.png", "x.png", "./x.png"])
    var all: [String] = []
    while let next = found.next() { all.append(next) }
    #expect(
      all == ["c.png", "a/x.jpeg", "b/10.JPG", "b/2.png"].map { path + "/" + $0 } + ["x.png"])
    #expect(found.repeated == 3 && found.firstRepeated == path + "/c.png")
  }

  @Test func `ends where links lead back into the folder`() throws {
    let folder = try folder()
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("a/back"), withDestinationURL: folder.url)
    #expect(Array(ImagePaths([folder.url.path])).count == 4)
  }
}

@Suite struct `A PNG that is made` {
  @Test(arguments: ["color.png", "gray.png"]) func `is read as it was`(name: String) throws {
    let known = try #require(ImageFixture.all.first { $0.name == name })
    let file = known.pixels.withUnsafeBufferPointer {
      PNG.encoded($0, width: known.width, height: known.height, channels: known.channels)
    }
    let folder = TemporaryDirectory()
    let path = folder.url.appendingPathComponent("made.png")
    try file.write(to: path)
    let decoder = ImageDecoder()
    let header = try decoder.open(path.path)
    #expect(
      header
        == ImageHeader(width: known.width, height: known.height, channels: known.channels))
    var pixels = [UInt8](repeating: 0, count: known.pixels.count)
    try pixels.withUnsafeMutableBufferPointer {
      try decoder.decode(channels: known.channels, to: $0)
    }
    #expect(pixels == known.pixels)
  }
}
