import Datasets
import Metrics
import Tuning

extension TaskDescription {
  /// Predicts the class of each pixel, or the instances of objects.
  ///
  /// - Source: the peak is that of the grids in `Benchmarks/advice/results/boxes-and-masks.md`.
  public static let segment: Self = Self(
    "segment", alias: "segmentation", purpose: "classifies every pixel of an image",
    pipelineTag: "image-segmentation", metrics: SegmentationSummary.metrics.map(\.description),
    adaptivePeak: DefaultPeak(0.0015, edgeRatio: 60, curveShare: 0.1), peakFamily: .masks,
    // An update takes a second.
    rangeTestSteps: 60,
    recognizes: { $0.hasMasks }, report: { DataReport(try $0.loadMasks($1)) }
  ) { recipe in
    recipe.model.name = "unet-16"
    recipe.model.loss = LossTerms([.crossEntropy, .dice])
    recipe.budget.epochs = 20
    recipe.budget.batchSize = 8
    recipe.optimizer.name = .adamw
    recipe.optimizer.weightDecay = 1e-2
    recipe.machine.checkpointEvery = 200
  }
}
