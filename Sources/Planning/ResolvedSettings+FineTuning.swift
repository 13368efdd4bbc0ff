import Formatting
import Settings

extension ResolvedSettings {
  /// The settings that the recipe for fine-tuning chooses, beside batch and length.
  static let keysOfFineTuning = [
    "recipe", "zero-head", "cached-features", "feature-views", "frozen-norm", "layer-decay",
    "head-factor", "dropout",
    "stochastic-depth", "flip", "crop-scale", "color-jitter", "rand-augment", "ema",
  ]

  /// What was chosen for a model that begins with trained weights, in words, for the plan.
  var recipeLines: [String] {
    guard self.model.recipe == .fineTuning else { return depthLine }
    let isProbe = self.model.cachedFeatures
    let hasEncoder = self.data.task.hasEncoder
    var lines = [
      isProbe
        ? "linear probe: the features of each image\(viewWords) are computed once, and the head is trained on "
          + "them (--no-cached-features computes them in each update)"
        : "fine-tuning (--recipe from-scratch leaves it out): \(self.optimizer.name.rawValue)"
          + (hasEncoder ? "" : ", " + augmentationWords)
    ]
    if !isProbe {
      lines += depthLine
      // Open where the network has none.
      if let isFrozen = self.open.model.frozenNorm {
        lines.append(
          "batch norms" + (hasEncoder ? " of the encoder: " : ": ")
            + (isFrozen ? "as in the weights, frozen" : "trained, by each batch's statistics"))
      }
    }
    return lines
  }

  private var depthLine: [String] {
    let (decay, factor) = (self.optimizer.layerDecay, self.optimizer.headFactor)
    let head = factor == 1 ? "" : ", the head at \(factor) times the rate"
    guard decay != 1 else {
      return factor == 1 ? [] : ["rates by depth: all alike" + head]
    }
    return ["rates by depth: each block at \(decay) times that of the block above it" + head]
  }

  /// The views of an image whose features are cached, beside the image.
  private var viewWords: String {
    let isMirrored = self.augmentation.flip && self.model.featureViews > 1
    let versions = self.model.featureViews - (isMirrored ? 2 : 1)
    let views = [
      isMirrored ? "its mirror image" : nil,
      versions == 0
        ? nil
        : (versions == 1 ? "an augmented version" : "\(versions) augmented versions")
          + " (\(augmentationWords))",
    ].compactMap { $0 }
    switch views.count {
    case 0: return ""
    case 1: return " and of \(views[0])"
    default: return ", of \(views[0]) and of \(views[1])"
    }
  }

  private var augmentationWords: String {
    let own = self.augmentation
    let words = [
      own.cropScale.map { "crops of \($0.range.lowerBound) to \($0.range.upperBound) of the area" },
      own.cropPadding > 0 ? "shifts by up to \(quantity(own.cropPadding, "pixel"))" : nil,
      own.flip ? "flips" : nil,
      own.colorJitter.map { "color jitter \($0)" }, own.randAugment.map { "RandAugment \($0)" },
    ].compactMap { $0 }
    return words.isEmpty ? "no augmentation" : words.joined(separator: ", ")
  }
}
