import Datasets
import Metrics
import Tuning

extension TaskDescription {
  /// Predicts the boxes of objects and their classes.
  ///
  /// - Source: the peak is that of the grids in `Benchmarks/advice/results/boxes-and-masks.md`.
  public static let detect: Self = Self(
    "detect", alias: "detection", purpose: "finds objects on images",
    pipelineTag: "object-detection", metrics: COCOSummary.Name.allCases.map(\.metric),
    adaptivePeak: DefaultPeak(0.003, edgeRatio: 6), peakFamily: .boxes,
    // The pyramid is new, as the head is, and lies in the backbone.
    pretrainedPart: FreezeRule("\(FreezeRule.backbone).body"),
    recognizes: { $0.hasBoxes },
    report: {
      DataReport(
        try $0.loadBoxes(
          BoxOptions(allowsBroken: $1.allowsBroken, allowsLinks: $1.allowsLinks)))
    }
  ) { recipe in
    recipe.model.name = "fcos-narrow"
    recipe.model.frozenNorm = false
    recipe.budget.epochs = 60
    recipe.budget.batchSize = 8
    recipe.optimizer.name = .adamw
    recipe.optimizer.weightDecay = 0.05
    recipe.optimizer.clipNorm = 10
    recipe.evaluation.ema = 0.998
    recipe.rangeTest.minLR = 1e-5
    recipe.rangeTest.maxLR = 1
    recipe.machine.checkpointEvery = 500
    recipe = recipe.filled(from: RunSettings(BoxAugmentation.default))
  }
}
