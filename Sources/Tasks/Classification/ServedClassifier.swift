import Datasets
import Metrics
import Numbers

/// A classifier that answers requests.
struct ServedClassifier: ServedModel {
  private let model: TrainedClassifier
  let coder: Coder

  init(_ model: TrainedClassifier) {
    self.model = model
    coder = Coder(
      files: ImageFiles([], as: model.preprocessing), classNames: model.run.classNames)
  }

  var batchSize: Int { model.batchSize }

  func warmUp() throws {
    let about = model.preprocessing
    _ = try predict([[UInt8](repeating: 128, count: about.width * about.height * about.channels)])
  }

  func predict(_ inputs: [[UInt8]]) throws -> [ClassPrediction] {
    try model.predictions(ImageBatch(of: inputs))
  }

  /// Reads images and writes classes.
  struct Coder: PredictionCoder {
    fileprivate let files: ImageFiles
    fileprivate let classNames: [String]

    var option: PredictionOption? {
      PredictionOption(name: "top", range: 1...Double(classNames.count), isWhole: true)
    }

    var preprocessing: [String: String] { files.preprocessing.metadata }

    func input(_ file: String, maximumPixels: Int) throws(ImageFault) -> [UInt8] {
      try files.pixels(of: file, maximumPixels: maximumPixels)
    }

    func answer(
      _ output: ClassPrediction, name: String, option: Double?
    ) throws -> PredictionResponse {
      let prediction = Prediction(
        file: name, output, top: Int(clamping: option ?? 1), classNames: classNames)
      return PredictionResponse(json: try PredictionFormat.json(prediction))
    }
  }
}
