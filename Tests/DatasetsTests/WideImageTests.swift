import Masks
import TestSupport
import Testing

@testable import Datasets

@Suite struct `Images of 16 bits` {
  /// Writes a 16-bit gray PNG of one number everywhere but in a corner.
  private func write(
    _ number: UInt16, corner: UInt16, to path: String, in folder: TemporaryDirectory
  ) throws {
    var labels = [UInt16](repeating: number, count: 64)
    labels[0] = corner
    let png = PNG.instances(LabelMap(width: 8, height: 8, labels: labels))
    // What is behind an image's end is not read, and makes it no copy of another.
    try folder.write([UInt8](png) + Array(path.utf8), path)
  }

  @Test func `are read by the bits that are filled in all of them, and it is said`() throws {
    let folder = TemporaryDirectory()
    for number in 0..<5 {
      try write(1000, corner: 0, to: "a/\(number).png", in: folder)
      try write(2000, corner: number == 3 ? 4000 : 0, to: "b/\(number).png", in: folder)
    }
    let data = try folder.load()
    let sets = try folder.sets()
    #expect(data.train.filledBits.count == 12)
    #expect(
      data.notes == [
        "note: 10 images have 16 bits, of which 12 are filled (the highest number is 4000); the upper 8 "
          + "of these are read"
      ])
    // 1000 and 2000 of 12 bits: shifted by four.
    let levels = Set(sets.train.pixels + sets.test.pixels)
    #expect(levels == [0, 62, 125, 250])
    // A model takes its own way with it: what is lighter than all it was trained on is white.
    let other = TemporaryDirectory()
    for name in ["a", "b"] {
      for number in 0..<2 { try write(5000, corner: 100, to: "\(name)/\(number).png", in: other) }
    }
    let read = try other.sets(DataOptions(filledBits: data.train.filledBits))
    #expect(Set(read.train.pixels) == [255, 6])
    #expect(read.train.filledBits.count == 12)
    // 5000 takes 13 bits.
    #expect(
      try other.load(DataOptions(filledBits: data.train.filledBits)).notes.contains {
        $0.hasPrefix("note: 4 images have 16 bits, of which 13 are filled (the highest number is 5000), and are")
          && $0.hasSuffix("much brighter")
      })
    let darker = try folder.load(DataOptions(filledBits: .all)).notes
    #expect(
      darker.contains { $0.contains("as if it were 16, as in the images that the run") && $0.hasSuffix("darker") })
  }

  @Test func `that are full are read as ever, and nothing is said`() throws {
    let folder = TemporaryDirectory()
    for name in ["a", "b"] {
      for number in 0..<3 {
        try write(300, corner: 65_000, to: "\(name)/\(number).png", in: folder)
      }
    }
    #expect(try folder.load().notes == [])
    #expect(Set(try folder.sets().train.pixels) == [1, 253])
  }

  @Test func `that one hot pixel makes nearly black are spoken of`() throws {
    let folder = TemporaryDirectory()
    for (name, hot) in [("a", 65_535), ("b", 200)] as [(String, UInt16)] {
      var labels = [UInt16](repeating: 200, count: 1600)
      labels[7] = hot
      for number in 0..<2 {
        let png = PNG.instances(LabelMap(width: 40, height: 40, labels: labels))
        try folder.write([UInt8](png) + [UInt8(number)], "\(name)/\(number).png")
      }
    }
    #expect(
      try folder.load().notes.contains {
        $0.contains(
          "only 2 of 6400 numbers reach the 8 bits that are read (the highest number is 65535)")
      })
  }

  @Test func `keep their bits with the model, as photographs do`() throws {
    let set = ImageFileDataset(
      [.init(path: try ImageFixture.path("gray-16.png"), label: 0)], size: 8, channels: 1,
      filledBits: try #require(FilledBits(count: 15)))
    let preprocessing = Preprocessing(of: set, momentsOf: set)
    #expect(preprocessing.metadata["filled_bits"] == "15")
    #expect(Preprocessing(metadata: preprocessing.metadata) == preprocessing)
    let full = ImageFileDataset(
      [.init(path: try ImageFixture.path("gray-16.png"), label: 0)], size: 8, channels: 1)
    #expect(Preprocessing(of: full, momentsOf: full).metadata["filled_bits"] == nil)
    // Twice as bright, but for what is white already.
    #expect(set.mean[0] > 1.2 * full.mean[0])
    let files = ImageFiles([try ImageFixture.path("gray-16.png")], as: preprocessing)
    let batch = try #require(try files.batches(ofAtMost: 1, workers: 1).next())
    let loader = set.batches(
      .evaluation(count: 1, batchSize: 1), augmentation: nil, seed: 0, workers: 1)
    let trained = try #require(try loader.next())
    #expect(Array(batch.slot(0, size: 64)) == Array(trained.slot(0, size: 64)))
  }
}
