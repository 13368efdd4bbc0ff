import Foundation
import TestSupport
import Testing

@testable import Datasets

/// An image's record: its labels, then 1,024 red, green and blue bytes, each counting up from another
/// number.
private func record(_ labels: [UInt8], _ first: UInt8) -> [UInt8] {
  labels
    + (0..<3).flatMap { channel in
      (0..<1024).map { UInt8(truncatingIfNeeded: Int(first) + 100 * channel + $0) }
    }
}

private func names(_ count: Int) -> [UInt8] {
  Array((0..<count).map { "class \($0)\n" }.joined().utf8) + [10]
}

/// CIFAR-10 with one image a training file, less what a test replaces.
private func ten(replacing name: String = "", by bytes: [UInt8]? = nil) throws -> TemporaryDirectory {
  let folder = TemporaryDirectory()
  var files: [String: [UInt8]] = [
    "batches.meta.txt": names(10), "test_batch.bin": record([9], 7) + record([0], 8),
  ]
  for file in 1...5 { files["data_batch_\(file).bin"] = record([UInt8(file)], UInt8(file)) }
  if !name.isEmpty { files[name] = bytes }
  for (name, bytes) in files { try folder.write(bytes, name) }
  return folder
}

private func images(_ images: any LabeledImages) throws -> ImageSet {
  try #require(images as? ImageSet)
}

@Suite struct `CIFAR's binary files` {
  @Test func `of ten classes are read in their order, colors side by side`() throws {
    let folder = try ten()
    let data = try DataSource.folder(folder.url.path).load()
    #expect(data.found == "CIFAR-10's binary files")
    #expect(data.train.labels == [1, 2, 3, 4, 5] && data.test.labels == [9, 0])
    #expect((data.train.height, data.train.width, data.train.channels) == (32, 32, 3))
    #expect(data.classNames.count == 10 && data.classNames[9] == "class 9")
    // The second training image: pixel 5 has 2 + 5, and 100 and 200 more.
    let (train, test) = (try images(data.train), try images(data.test))
    #expect(Array(train.pixels[(3072 + 15)..<(3072 + 18)]) == [7, 107, 207])
    #expect(Array(test.pixels.prefix(3)) == [7, 107, 207])
  }

  @Test(arguments: [DataOptions.Labels?.none, .fine, .coarse])
  func `of a hundred classes are read with the labels that are asked for`(
    labels: DataOptions.Labels?
  ) throws {
    let folder = TemporaryDirectory()
    try folder.write(names(100), "fine_label_names.txt")
    try folder.write(names(20), "coarse_label_names.txt")
    try folder.write(record([3, 77], 1) + record([19, 0], 2), "train.bin")
    try folder.write(record([5, 6], 4), "test.bin")
    let data = try DataSource.folder(folder.url.path).load(DataOptions(labels: labels))
    let isCoarse = labels == .coarse
    #expect(data.train.labels == (isCoarse ? [3, 19] : [77, 0]))
    #expect(data.test.labels == (isCoarse ? [5] : [6]))
    #expect(data.classNames.count == (isCoarse ? 20 : 100))
    #expect(Array(try images(data.train).pixels.prefix(3)) == [1, 101, 201])
  }

  static let faults: [(name: String, bytes: [UInt8]?, words: String)] = [
    ("data_batch_3.bin", nil, "has no data_batch_3.bin"),
    ("batches.meta.txt", nil, "has no batches.meta.txt"),
    ("batches.meta.txt", names(9), "it names 9 classes, but the data has 10"),
    ("test_batch.bin", [], "it has 0 bytes"),
    ("test_batch.bin", Array(record([1], 1).dropLast()), "not a multiple of 3073-byte images"),
    ("data_batch_5.bin", record([10], 1), "label 10 of image 0 is outside the 10 classes"),
  ]

  @Test(arguments: faults.indices) func `with a fault are refused, by file`(index: Int) throws {
    let (name, bytes, words) = Self.faults[index]
    let folder = try ten(replacing: name, by: bytes)
    let error = #expect(throws: DataError.self) { try DataSource.folder(folder.url.path).load() }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.contains(name))
  }

  @Test func `of ten classes have no other labels, nor has anything else`() throws {
    let folder = try ten()
    for source in [DataSource.folder(folder.url.path), .shapes] {
      let error = #expect(throws: DataError.self) { try source.load(DataOptions(labels: .coarse)) }
      #expect(error?.description.contains("--labels is for CIFAR-100") == true)
    }
  }

  @Test func `are brought to another size if asked`() throws {
    let folder = try ten()
    let data = try DataSource.folder(folder.url.path).load(DataOptions(imageSize: 16))
    let train = try images(data.train)
    #expect((train.height, train.width, train.pixels.count) == (16, 16, 5 * 768))
  }
}
