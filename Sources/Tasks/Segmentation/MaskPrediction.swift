import Datasets
import Files
import Formatting
import Foundation
import Masks
import Numbers
import Torch

/// The mask that a model drew of an image file.
public struct MaskPrediction: Sendable, Hashable, Encodable {
  /// The image file, as it was named.
  public let file: String
  /// The mask's file.
  public let mask: String
  /// The number of instances, where instances are predicted.
  public let objects: Int?

  /// The prediction as a row of CSV: file, mask, objects.
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

/// What a model drew of an image, as the bytes of files by what their names end with; or why the image cannot be read.
struct DrawnMask: Codable, Sendable {
  var files: [String: Data] = [:]
  var objects: Int?
  var fault: ImageFault?
}

extension TrainedSegmenter {
  /// Draws the masks of image files into a folder.
  ///
  /// A mask of classes is a PNG whose palette index is the class; one of instances is a PNG of 16 bits,
  /// 0 the background. Of several processes each draws its share, and process 0 writes.
  ///
  /// - Parameters:
  ///   - images: the files, and the names of what is written of each, without their ends.
  ///   - rule: by which it is written.
  ///   - onBroken: is called with files that cannot be read; they have no mask.
  ///   - onMask: takes each mask that is written, in the order of the files.
  /// - Throws: `TorchError`; `FileError` where nothing can be written.
  public func predict(
    _ images: [(path: String, name: String)], into folder: URL, by rule: OutputRule,
    _ extras: MaskExtras = MaskExtras(), onBroken: (BrokenImage) throws -> Void,
    onMask: (MaskPrediction) throws -> Void
  ) throws {
    let (rank, size) = ProcessGroup.current.map { ($0.rank, $0.size) } ?? (0, 1)
    for start in stride(from: 0, to: images.count, by: size) {
      let some = images[start..<min(start + size, images.count)]
      let own = start + rank
      let drawn = try ProcessGroup.allGather(
        some.indices.contains(own) ? draw(images[own].path, extras) : nil)
      guard ProcessGroup.isFirst else { continue }
      for (image, drawn) in zip(some, drawn) {
        guard let drawn else { continue }
        if let fault = drawn.fault {
          try onBroken(BrokenImage(path: image.path, fault: fault))
          continue
        }
        for end in extras.ends {
          try rule.write(to: file(image.name, end), of: image.path) { writer in
            try drawn.files[end].map(writer.write)
          }
        }
        try onMask(
          MaskPrediction(
            file: DataSource.shown(image.path), mask: file(image.name, MaskExtras.mask),
            objects: drawn.objects))
      }
    }
    func file(_ name: String, _ end: String) -> String {
      folder.appendingPathComponent(name + end).path
    }
  }

  /// Draws the mask of an image file.
  ///
  /// - Throws: `TorchError`; `EvaluationError.notFinite` where the network's predictions are NaN.
  func draw(
    _ path: String, _ extras: MaskExtras = MaskExtras(), maximumPixels: Int = .max
  ) throws -> DrawnMask {
    let image: ColorImage
    do throws(ImageFault) {
      image = try ColorImage(file: path, filledBits: filledBits, maximumPixels: maximumPixels)
    } catch { return DrawnMask(fault: error) }
    let probabilities = try probabilities(of: image)
    let prediction = try SegmentationPrediction(probabilities, isInstance: isInstance)
    let map = prediction.instances ?? prediction.classes
    var files = [
      MaskExtras.mask: prediction.instances.map(PNG.instances) ?? PNG.classes(prediction.classes)
    ]
    if extras.overlays { files[MaskExtras.overlay] = MaskPicture.overlay(image, map).png }
    if extras.probabilities {
      let names = isInstance ? BorderTarget.classNames : run.classNames
      files[MaskExtras.probability] = try Safetensors.data(
        [("probabilities", probabilities)], metadata: ["classes": names.joined(separator: "\n")])
    }
    return DrawnMask(files: files, objects: prediction.instances.map { Int($0.highest) })
  }
}
