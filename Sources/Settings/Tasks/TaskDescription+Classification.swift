import Datasets
import Metrics
import Tuning

extension TaskDescription {
  /// Predicts the class of an image.
  ///
  /// The recipe is made for Fashion-MNIST on two cores; `Benchmarks/recipe` keeps what it reaches there.
  ///
  /// - Source: the peak is the middle of the best in `Benchmarks/advice`, 0.005 to 0.02; the ratio to the edge is
  ///   the least of those cases.
  public static let classify: Self = Self(
    "classify", alias: "classification", purpose: "classifies images",
    pipelineTag: "image-classification",
    metrics: ClassificationMetric.metrics.map(\.description),
    adaptivePeak: DefaultPeak(0.01, edgeRatio: 60), peakFamily: .classes, hasEncoder: false,
    recognizes: { $0.isNamed }, report: { DataReport(try $0.load($1)) }
  ) { recipe in
    recipe.model.name = "resnet-11"
    recipe.budget.epochs = 7
    recipe.budget.batchSize = 128
    recipe.optimizer.name = .sgd
    recipe.optimizer.nesterov = true
    recipe.optimizer.weightDecay = 5e-4
    recipe.optimizer.labelSmoothing = 0.1
    recipe.augmentation.cropPadding = 0
    recipe.machine.checkpointEvery = 500
  }
}
