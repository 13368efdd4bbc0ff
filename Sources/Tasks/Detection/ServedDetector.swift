import Boxes
import Datasets
import Metrics
import Numbers

/// A detector that answers requests.
struct ServedDetector: ServedModel {
  private let model: TrainedDetector
  let coder: Coder

  init(_ model: TrainedDetector) {
    self.model = model
    coder = Coder(files: FramedFiles([], in: model.frame.frame), classes: model.classes)
  }

  var batchSize: Int { model.batchSize }

  func warmUp() throws { _ = try predict([FramedImage(gray: model.frame.frame)]) }

  func predict(_ inputs: [FramedImage]) throws -> [[DetectedBox]] {
    try model.found(BoxBatch(of: inputs, in: model.frame.frame))
  }

  /// Reads images and writes boxes.
  struct Coder: PredictionCoder {
    fileprivate let files: FramedFiles
    fileprivate let classes: PredictionFileFormat.Classes

    var option: PredictionOption? {
      PredictionOption(name: "score", range: 0...1, isWhole: false)
    }

    var preprocessing: [String: String] { files.frame.metadata }

    func input(_ file: String, maximumPixels: Int) throws(ImageFault) -> FramedImage {
      try files.image(file, maximumPixels: maximumPixels)
    }

    func answer(
      _ output: [DetectedBox], name: String, option: Double?
    ) throws -> PredictionResponse {
      let found = FoundBoxes(
        file: name, number: 1, detections: output.filter { $0.score >= option ?? 0 })
      let format = PredictionFileFormat.json
      return PredictionResponse(
        json: format.opening + format.lines(of: found, classes, isFirst: true) + format.ending)
    }
  }
}
