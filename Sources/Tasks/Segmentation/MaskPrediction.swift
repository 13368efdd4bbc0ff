import Datasets
import Files
import Foundation
import Masks
import Numbers
import Torch
import Words

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

  /// What the names of the files that are written of one image end with.
  public var ends: [String] {
    [Self.mask] + (overlays ? [Self.overlay] : []) + (probabilities ? [Self.probability] : [])
  }

  static let mask = ".png"
  static let overlay = "-overlay.png"
  static let probability = "-probabilities.safetensors"

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
  /// - Parameters:
  ///   - name: the name of the written files, without their ends.
  ///   - rule: by which they are written.
  /// - Throws: `ImageFault` where the image cannot be read; `TorchError`; `FileError` where nothing can be
  ///   written.
  public func predict(
    _ path: String, name: String, into folder: URL, by rule: OutputRule,
    _ extras: MaskExtras = MaskExtras()
  ) throws -> MaskPrediction {
    let image = try ColorImage(file: path, filledBits: filledBits)
    let probabilities = try probabilities(of: image)
    let prediction = try SegmentationPrediction(probabilities, isInstance: isInstance)
    func write(_ end: String, _ body: (FileWriter) throws -> Void) throws -> String {
      let file = folder.appendingPathComponent(name + end).path
      try rule.write(to: file, of: path, body)
      return file
    }
    let map = prediction.instances ?? prediction.classes
    let mask = try write(MaskExtras.mask) {
      try $0.write(prediction.instances.map(PNG.instances) ?? PNG.classes(prediction.classes))
    }
    if extras.overlays {
      _ = try write(MaskExtras.overlay) { try $0.write(MaskPicture.overlay(image, map).png) }
    }
    if extras.probabilities {
      let names = isInstance ? ["background", "inside", "border"] : run.classNames
      _ = try write(MaskExtras.probability) {
        try Safetensors.write(
          [("probabilities", probabilities)], metadata: ["classes": names.joined(separator: "\n")],
          to: $0)
      }
    }
    return MaskPrediction(
      file: path, mask: mask, objects: prediction.instances.map { Int($0.highest) })
  }
}
