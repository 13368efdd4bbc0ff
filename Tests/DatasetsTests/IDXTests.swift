import CDeflate
import Datasets
import Foundation
import TestSupport
import Testing

/// The bytes of an IDX file.
private func idx(_ shape: [Int], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
  [0, 0, type, UInt8(shape.count)]
    + shape.flatMap { size in
      (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) }
    }
    + elements
}

/// Gzips bytes by libdeflate's own compressor.
private func gzipped(_ bytes: [UInt8]) throws -> [UInt8] {
  let compressor = try #require(libdeflate_alloc_compressor(6))
  defer { libdeflate_free_compressor(compressor) }
  return [UInt8](unsafeUninitializedCapacity: bytes.count + 100) { output, count in
    count = libdeflate_gzip_compress(
      compressor, bytes, bytes.count, output.baseAddress, output.count)
  }
}

private let images = idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
private let labels = idx([2], [1, 0])

/// A folder with a whole data set of two and two images, less what a test replaces.
private func folder(
  images trainImages: [UInt8]? = images, labels trainLabels: [UInt8]? = labels,
  imageName: String = "train-images-idx3-ubyte", labelName: String = "train-labels-idx1-ubyte"
) throws -> TemporaryDirectory {
  let folder = TemporaryDirectory()
  if let trainImages { try folder.write(trainImages, imageName) }
  if let trainLabels { try folder.write(trainLabels, labelName) }
  try folder.write(images, "t10k-images-idx3-ubyte")
  try folder.write(labels, "t10k-labels-idx1-ubyte")
  return folder
}

@Suite struct `An IDX data set` {
  @Test func `is read, plain and gzipped`() throws {
    for gzip in [false, true] {
      let folder = try folder(
        images: gzip ? try gzipped(images) : images,
        imageName: "train-images-idx3-ubyte" + (gzip ? ".gz" : ""))
      let data = try ImageData.idx(folder: folder.url.path, name: "tiny", classNames: nil)
      #expect(data.train.count == 2)
      #expect((data.train.height, data.train.width, data.train.channels) == (2, 3, 1))
      #expect((data.train as? ImageSet)?.pixels == Array(1...12))
      #expect(data.train.labels == [1, 0])
      #expect(data.classNames == ["0", "1"])
    }
  }

  @Test func `is read by the names that it has on Kaggle`() throws {
    let folder = try folder(images: images)
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.url.path) {
      try FileManager.default.moveItem(
        atPath: folder.url.path + "/" + name,
        toPath: folder.url.path + "/" + name.replacingOccurrences(of: "-idx", with: ".idx"))
    }
    // There each file is in a folder of its name, too.
    try folder.write([0x31], "train-images-idx3-ubyte/train-images-idx3-ubyte")
    let data = try DataSource(named: folder.url.path).load()
    #expect(data.train.labels == [1, 0] && data.found == "IDX files")
  }

  /// Labels need not be used without a gap, and test images may have others than those that were trained on.
  @Test func `says which classes have no training image`() throws {
    let folder = try folder(labels: idx([2], [3, 1]))
    let data = try ImageData.idx(folder: folder.url.path, name: "tiny", classNames: nil)
    #expect(
      data.notes == ["2 of 4 classes without a training image, so never predicted: 0, 2"])
    let full = try DatasetsTests.folder()
    #expect(
      try ImageData.idx(folder: full.url.path, name: "tiny", classNames: nil).notes.isEmpty)
  }

  @Test func `measures its mean and deviation`() throws {
    let folder = try folder()
    let data = try ImageData.idx(folder: folder.url.path, name: "tiny", classNames: nil)
    // Of 1 to 12: mean 6.5, variance 143 / 12.
    #expect(abs(data.train.mean[0] - 6.5 / 255) < 1e-12)
    #expect(abs(data.train.deviation[0] - (143.0 / 12).squareRoot() / 255) < 1e-12)
  }

  /// What is wrong, how the folder comes to be so, and what the sentence must contain.
  static let faults: [(String, @Sendable () throws -> TemporaryDirectory, String)] = [
    ("missing", { try folder(labels: nil) }, "has no train-labels-idx1-ubyte"),
    ("empty", { try folder(images: []) }, "it is empty"),
    ("a stub", { try folder(images: [0, 0]) }, "too few for a header"),
    (
      "of wrong magic", { try folder(images: idx([2, 2, 3], images, type: 9)) },
      "begins with 0 0 9 3"
    ),
    ("of wrong dimensions", { try folder(images: labels) }, "begins with 0 0 8 1"),
    ("cut in its header", { try folder(images: Array(images.prefix(9))) }, "header is truncated"),
    (
      "cut short", { try folder(images: images.dropLast()) },
      "declares 12 bytes, but the file has 11"
    ),
    ("too long", { try folder(images: images + [0]) }, "declares 12 bytes, but the file has 13"),
    ("of impossible size", { try folder(images: idx([1 << 31, 1 << 31, 4], [])) }, "impossible"),
    (
      "of another size than the test images", { try folder(images: idx([2, 3, 2], Array(1...12))) },
      "t10k-images-idx3-ubyte has images of 3x2 pixels, but"
    ),
    (
      "of too large images",
      { try folder(images: idx([2, 2049, 2048], [UInt8](repeating: 0, count: 2 * 2049 * 2048))) },
      "2049x2048 pixels, more than"
    ),
    ("of other counts", { try folder(labels: idx([3], [0, 1, 0])) }, "2 images, but"),
    (
      "without images", { try folder(images: idx([0, 2, 3], []), labels: idx([0], [])) },
      "no images"
    ),
    (
      "gzip cut short",
      {
        try folder(
          images: Array(try gzipped(images).dropLast(9)), imageName: "train-images-idx3-ubyte.gz")
      },
      "is truncated"
    ),
    (
      "gzip that claims to be huge",
      {
        try folder(
          images: Array(try gzipped(images).dropLast(4)) + [255, 255, 255, 255],
          imageName: "train-images-idx3-ubyte.gz")
      },
      "damaged"
    ),
    (
      "gzip of garbage", { try folder(images: [0x1F, 0x8B] + Array(repeating: 7, count: 40)) },
      "not a gzip file"
    ),
  ]

  @Test(arguments: faults.indices) func `with a fault is refused, by file and fault`(
    index: Int
  ) throws {
    let (name, make, words) = Self.faults[index]
    let folder = try make()
    let error = #expect(throws: DataError.self, "\(name)") {
      try ImageData.idx(folder: folder.url.path, name: "tiny", classNames: nil)
    }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(words), "\(name): \(sentence)")
    #expect(sentence.contains(folder.url.path))
  }

  @Test func `with a label beyond its classes is refused, by image`() throws {
    let folder = try folder(labels: idx([2], [0, 7]))
    let error = #expect(throws: DataError.self) {
      try ImageData.idx(folder: folder.url.path, name: "tiny", classNames: ["a", "b"])
    }
    #expect(
      "\(error.map { "\($0)" } ?? "")".contains("label 7 of image 1 is outside the 2 classes"))
  }
}

@Suite struct `A data source` {
  @Test func `is found by name, or by the nearest name`() throws {
    #expect(try DataSource(named: "shapes") == .shapes)
    let error = #expect(throws: DataError.self) { try DataSource(named: "fashion-minst") }
    #expect("\(error.map { "\($0)" } ?? "")".contains("did you mean 'fashion-mnist'?"))
    let folder = TemporaryDirectory()
    #expect(try DataSource(named: folder.url.path) == .folder(folder.url.path))
  }

  @Test func `that is a file asks for its folder`() throws {
    let folder = TemporaryDirectory()
    try folder.write([1], "file")
    #expect(throws: DataError.self) {
      try DataSource(named: folder.url.appendingPathComponent("file").path)
    }
  }
}
