import Datasets
import Foundation
import Masks
import Runs
import Torch

/// The mask that a model drew of an image file.
public struct MaskPrediction: Sendable, Hashable, Encodable {
  /// The image file, as it was named.
  public let file: String
  /// The mask's file.
  public let mask: String
  /// The number of instances, where those are told apart.
  public let objects: Int?

  /// The same as a row of a table.
  public var row: String {
    [quotedCell(file), quotedCell(mask), objects.map(String.init) ?? ""].joined(separator: ",")
  }
}

/// What is written of each image beside its mask.
public struct MaskExtras: Sendable, Hashable {
  /// A picture of the image with the mask over it.
  public var overlays: Bool
  /// The probability of each class for each pixel, as safetensors.
  public var probabilities: Bool

  /// Creates a choice.
  public init(overlays: Bool = false, probabilities: Bool = false) {
    self.overlays = overlays
    self.probabilities = probabilities
  }
}

extension TrainedSegmenter {
  /// Draws the mask of an image file into a folder.
  ///
  /// A mask of classes is a PNG whose palette index is the class; one of instances is a PNG of 16 bits,
  /// 0 the background.
  ///
  /// - Parameter name: the name of the written files, without their ends.
  /// - Throws: `ImageFault` where the image cannot be read; `TorchError`; `RunError` where nothing can be
  ///   written.
  public func predict(
    _ path: String, name: String, into folder: URL, _ extras: MaskExtras = MaskExtras()
  ) throws -> MaskPrediction {
    let image = try ColourImage(file: path)
    let probabilities = try probabilities(of: image)
    let answer = try SegmentationAnswer(probabilities, isInstance: isInstance)
    func file(_ end: String) -> URL { folder.appendingPathComponent(name + end) }
    let mask = file(".png")
    let map = answer.instances ?? answer.classes
    try AtomicFile.write(
      answer.instances.map(PNG.instances) ?? PNG.classes(answer.classes), to: mask)
    if extras.overlays {
      try AtomicFile.write(MaskPicture.overlay(image, map).png, to: file("-overlay.png"))
    }
    if extras.probabilities {
      try Safetensors.write(
        [("probabilities", probabilities)],
        metadata: [
          "classes": (isInstance ? ["background", "inside", "border"] : run.classNames)
            .joined(separator: "\n")
        ],
        to: file("-probabilities.safetensors"))
    }
    return MaskPrediction(
      file: path, mask: mask.path, objects: answer.instances.map { Int($0.highest) })
  }
}

/// Names for files that are written of others: the others' own, and numbered where two have the same.
public struct OutputNames {
  private var used: [String: Int] = [:]

  /// Creates names, of which none is taken.
  public init() {}

  /// Returns a name for what is written of a file.
  public mutating func name(for path: String) -> String {
    let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let count = used[stem, default: 0] + 1
    used[stem] = count
    guard count > 1 else { return stem }
    let name = "\(stem)-\(count)"
    used[name, default: 0] += 1
    return name
  }
}
