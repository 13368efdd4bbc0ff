import Foundation
import Numbers

/// CIFAR-10 and CIFAR-100 as their binary versions come.
///
/// An image is a record: its label (of CIFAR-100 the coarse and the fine one), then 32x32 red, as many
/// green and as many blue bytes.
///
/// - Source: Krizhevsky, *The CIFAR-10 dataset*, section Binary version.
enum CIFAR {
  static let tenTraining = (1...5).map { "data_batch_\($0).bin" }
  static let tenNames = tenTraining + ["test_batch.bin"]
  static let tenClasses = "batches.meta.txt"
  static let hundredNames = ["train.bin", "test.bin"]
  static let fineClasses = "fine_label_names.txt"
  static let coarseClasses = "coarse_label_names.txt"

  private static let side = 32
  private static let plane = side * side

  static func ten(folder: String, name: String) throws -> ImageData {
    let names = try classNames(folder, tenClasses, count: 10)
    func set(_ files: [String]) throws -> ImageSet {
      try images(folder, files, labels: 1, label: 0, classes: names.count)
    }
    return ImageData(
      name: name, train: try set(tenTraining), test: try set(["test_batch.bin"]),
      classNames: names, found: "CIFAR-10's binary files")
  }

  static func hundred(
    folder: String, name: String, labels: DataOptions.Labels
  ) throws -> ImageData {
    let (file, count, position) =
      labels == .fine ? (fineClasses, 100, 1) : (coarseClasses, 20, 0)
    let names = try classNames(folder, file, count: count)
    func set(_ file: String) throws -> ImageSet {
      try images(folder, [file], labels: 2, label: position, classes: names.count)
    }
    return ImageData(
      name: name, train: try set("train.bin"), test: try set("test.bin"), classNames: names,
      found: "CIFAR-100's binary files, with the \(labels.rawValue) labels")
  }

  private static func classNames(_ folder: String, _ name: String, count: Int) throws -> [String] {
    let file = try find(folder, name).path
    let names = try readText(file).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    try ClassNames.check(names, in: file)
    guard names.count == count else {
      throw DataError.malformed(
        file: file, reason: "it names \(names.count) classes, but the data has \(count)")
    }
    return names
  }

  private static func images(
    _ folder: String, _ names: [String], labels: Int, label position: Int, classes: Int
  ) throws -> ImageSet {
    let size = labels + 3 * plane
    let files = try names.map { try read(folder, $0) }
    let count = files.reduce(0) { $0 + $1.data.count / size }
    var pixels: [UInt8] = []
    var classNumbers: [Int64] = []
    pixels.reserveCapacity(count * 3 * plane)
    classNumbers.reserveCapacity(count)
    for (file, data) in files {
      guard !data.isEmpty, data.count % size == 0 else {
        throw DataError.malformed(
          file: file, reason: "it has \(data.count) bytes, not a multiple of \(size)-byte images")
      }
      try data.withUnsafeBytes { bytes in
        for (index, start) in stride(from: 0, to: bytes.count, by: size).enumerated() {
          let label = Int(bytes[start + position])
          guard label < classes else {
            throw DataError.labelOutOfRange(
              file: file, index: index, label: label, classes: classes)
          }
          classNumbers.append(Int64(label))
          let red = start + labels
          for pixel in red..<(red + plane) {
            pixels.append(bytes[pixel])
            pixels.append(bytes[pixel + plane])
            pixels.append(bytes[pixel + 2 * plane])
          }
        }
      }
    }
    return ImageSet(height: side, width: side, channels: 3, pixels: pixels, labels: classNumbers)
  }

  private static func read(_ folder: String, _ name: String) throws -> (file: String, data: Data) {
    let file = try find(folder, name)
    return (file.path, try readBytes(file.path))
  }

  private static func find(_ folder: String, _ name: String) throws -> URL {
    let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw DataError.missingFile(folder: folder, lookedFor: [name])
    }
    return file
  }
}
