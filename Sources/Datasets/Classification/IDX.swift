import Files
import Foundation
import Numbers

/// An IDX file: bytes with a shape, as MNIST and its kin come.
///
/// - Source: LeCun, Cortes, Burges, *The MNIST database*: two zero bytes, the type (8 for unsigned
///   bytes), the number of dimensions, their lengths (big-endian, 4 bytes each), the elements.
struct IDX {
  let shape: [Int]
  let bytes: [UInt8]

  /// Reads a file, plain or gzipped.
  ///
  /// - Throws: `DataError` naming the file.
  init(_ file: URL, dimensions: Int) throws {
    let path = file.path
    let raw = try readBytes(path)
    guard !raw.isEmpty else { throw DataError.malformed(file: path, reason: "it is empty") }
    var data = raw.starts(with: [0x1F, 0x8B]) ? try gunzipped(raw, file: path) : [UInt8](raw)
    let header = 4 + 4 * dimensions
    guard data.count >= 4 else {
      throw DataError.malformed(
        file: path, reason: "it has \(data.count) bytes, too few for a header")
    }
    guard data[0] == 0, data[1] == 0, data[2] == 8, data[3] == UInt8(dimensions) else {
      let magic = data.prefix(4).map { String($0, radix: 16) }.joined(separator: " ")
      throw DataError.malformed(
        file: path,
        reason: "it begins with \(magic), an IDX file of \(dimensions) dimensions with "
          + "0 0 8 \(dimensions)")
    }
    guard data.count >= header else {
      throw DataError.malformed(file: path, reason: "its header is truncated")
    }
    shape = (0..<dimensions).map { dimension in
      data[(4 + 4 * dimension)..<(8 + 4 * dimension)].reduce(0) { $0 << 8 | Int($1) }
    }
    var needed = 1
    for length in shape {
      let (product, overflow) = needed.multipliedReportingOverflow(by: length)
      guard !overflow else {
        throw DataError.malformed(file: path, reason: "its shape is impossible")
      }
      needed = product
    }
    guard data.count - header == needed else {
      throw DataError.malformed(
        file: path,
        reason: "its header declares \(needed) bytes, but the file has \(data.count - header)")
    }
    data.removeFirst(header)
    bytes = data
  }
}

extension ImageData {
  /// Reads a data set of IDX files from a folder, by MNIST's file names, plain or gzipped.
  ///
  /// - Throws: `DataError` naming the file and what is wrong with it.
  public static func idx(
    folder: String, name: String, classNames: [String]?
  ) throws -> ImageData {
    let train = try images(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", classNames)
    let test = try images(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", classNames)
    guard (train.width, train.height) == (test.width, test.height) else {
      func named(_ name: String) throws -> String { try find(name, in: folder).path }
      throw DataError.twoSizes(
        file: try named("train-images-idx3-ubyte"), "\(train.width)x\(train.height)",
        other: try named("t10k-images-idx3-ubyte"), "\(test.width)x\(test.height)")
    }
    let classes = max(train.highestLabel, test.highestLabel) + 1
    var data = ImageData(
      name: name, train: train, test: test,
      classNames: classNames ?? (0..<classes).map(String.init), found: "IDX files")
    data.hasNumbersAlone = classNames == nil
    return data
  }

  private static func images(
    _ folder: String, _ imageName: String, _ labelName: String, _ classNames: [String]?
  ) throws -> ImageSet {
    let imageFile = try find(imageName, in: folder)
    let labelFile = try find(labelName, in: folder)
    let images = try IDX(imageFile, dimensions: 3)
    let labels = try IDX(labelFile, dimensions: 1)
    guard images.shape[0] == labels.shape[0] else {
      throw DataError.countsDiffer(
        images: imageFile.path, count: images.shape[0], labels: labelFile.path,
        labelCount: labels.shape[0])
    }
    guard images.shape.allSatisfy({ $0 > 0 }) else {
      throw DataError.malformed(file: imageFile.path, reason: "it holds no images")
    }
    guard images.shape[1].multipliedOrMax(by: images.shape[2]) <= ImageNormalization.maximumPixels
    else {
      throw DataError.malformed(
        file: imageFile.path,
        reason: "its images have \(images.shape[1])x\(images.shape[2]) pixels, more than 2048x2048")
    }
    if let classes = classNames?.count {
      for (index, label) in labels.bytes.enumerated() where Int(label) >= classes {
        throw DataError.labelOutOfRange(
          file: labelFile.path, index: index, label: Int(label), classes: classes)
      }
    }
    return ImageSet(
      height: images.shape[1], width: images.shape[2], channels: 1, pixels: images.bytes,
      labels: labels.bytes.map(Int64.init))
  }

  private static func find(_ name: String, in folder: String) throws -> URL {
    let url = URL(fileURLWithPath: folder)
    let names = [name, name + ".gz"]
    for candidate in names + names.map(DataLayout.withPoint) {
      let file = url.appendingPathComponent(candidate)
      // Kaggle's MNIST has a folder of the file's name, which has the file again.
      if FileManager.default.fileExists(atPath: file.path), !isFolder(file.path) { return file }
    }
    throw DataError.missingFile(folder: folder, lookedFor: names)
  }
}
