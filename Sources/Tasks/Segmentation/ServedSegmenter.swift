import Datasets
import Foundation
import Numbers

/// A segmentation network that answers requests.
///
/// An image is decoded when its turn comes, since one that waits decoded takes more memory than its file.
struct ServedSegmenter: ServedModel {
  private let model: TrainedSegmenter
  let coder: Coder

  init(_ model: TrainedSegmenter) {
    self.model = model
    coder = Coder(preprocessing: model.imageNormalization.metadata)
  }

  /// Images differ in size, and each is predicted in tiles.
  var batchSize: Int { 1 }

  func warmUp() throws {
    let side = 64
    _ = try model.probabilities(
      of: ColorImage(
        width: side, height: side, pixels: [UInt8](repeating: 128, count: 3 * side * side)))
  }

  func predict(_ inputs: [Coder.Input]) throws -> [DrawnMask] {
    try inputs.map { try model.draw($0.file, maximumPixels: $0.maximumPixels) }
  }

  /// Names images and writes masks.
  struct Coder: PredictionCoder {
    /// An image file and how many pixels of it are read at most.
    struct Input: Sendable {
      let file: String
      let maximumPixels: Int
    }

    let preprocessing: [String: String]

    var option: PredictionOption? { nil }

    func input(_ file: String, maximumPixels: Int) throws(ImageFault) -> Input {
      Input(file: file, maximumPixels: maximumPixels)
    }

    func answer(
      _ output: DrawnMask, name: String, option: Double?
    ) throws -> PredictionResponse {
      if let fault = output.fault { throw fault }
      let mask = output.files[MaskExtras.mask] ?? Data()
      let row = MaskPrediction(
        file: name, mask: mask.base64EncodedString(), objects: output.objects)
      return PredictionResponse(json: try JSONText.line(row), mask: Array(mask))
    }
  }
}
