import Datasets
import Numbers
import Settings

/// A trained model that answers requests as they come, many of them together.
///
/// One thread predicts; what comes before and after it (`coder`) may be done by many.
public protocol ServedModel<Coder> {
  /// What is done with a request before and after its prediction.
  associatedtype Coder: PredictionCoder
  /// What is done with a request before and after its prediction.
  var coder: Coder { get }
  /// How many images `rondo predict` predicts at once.
  var batchSize: Int { get }
  /// Predicts an image of no meaning: what is done once is done, and a model that predicts NaN found.
  func warmUp() throws
  /// Predicts images, on the thread that made the model.
  ///
  /// - Throws: `TorchError`; `EvaluationError.notFinite` where the network's predictions are NaN.
  func predict(_ inputs: [Coder.Input]) throws -> [Coder.Output]
}

/// Reads images for a model, and writes its predictions as `rondo predict --format json` does; on any thread.
public protocol PredictionCoder: Sendable {
  /// An image as the model sees it.
  associatedtype Input: Sendable
  /// What the model says of an image.
  associatedtype Output: Sendable
  /// What can be asked of a prediction; nil where nothing can.
  var option: PredictionOption? { get }
  /// How an image becomes what the model sees, as the metadata of its weights has it.
  var preprocessing: [String: String] { get }
  /// Reads an image file.
  ///
  /// - Throws: `ImageFault`, also for more pixels than are wanted.
  func input(_ file: String, maximumPixels: Int) throws(ImageFault) -> Input
  /// Writes a prediction.
  ///
  /// - Parameters:
  ///   - name: how the image is called.
  ///   - option: the value of the option, if one was given; in its range.
  /// - Throws: `ImageFault` where the image could not be read after all.
  func answer(_ output: Output, name: String, option: Double?) throws -> PredictionResponse
}

/// What can be asked of a prediction, by a flag of `rondo predict`.
public struct PredictionOption: Sendable {
  /// The flag without dashes.
  public let name: String
  /// The allowed values.
  public let range: ClosedRange<Double>
  /// Whether only whole numbers are allowed.
  public let isWhole: Bool

  /// Returns a value as it is typed.
  public func text(_ value: Double) -> String {
    isWhole ? "\(Int(clamping: value))" : JSONText.number(value)
  }
}

/// A prediction as it is sent.
public struct PredictionResponse: Sendable {
  /// The prediction as JSON.
  public let json: String
  /// The mask as a PNG file, if one is predicted.
  public var mask: [UInt8]?
}

extension TrainedRun {
  /// Opens the run's model to answer requests.
  ///
  /// - Throws: `TrainingError` where the checkpoint is another model's, or lacks what the run knew;
  ///   `SafetensorsError` where it is damaged.
  public func servedModel() throws -> any ServedModel { try VisionTask.named(task).serve(self) }
}
