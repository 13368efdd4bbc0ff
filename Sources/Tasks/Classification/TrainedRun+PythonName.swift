import Fetching
import Vision

extension TrainedRun {
  /// Where Python has the run's network, with layers of the same names: `torchvision/resnet18`, `timm/efficientnet_b0`.
  ///
  /// Nil where neither torchvision nor timm has it, or its images have one channel.
  public var pythonName: String? {
    guard task == .classify, metadata["size"]?.hasSuffix("x3") == true,
      let entry = try? Models.classifiers.entry(named: settings.model.name)
    else { return nil }
    // Where both have it, its layers are named as torchvision's, or else as timm's.
    let package = entry.hasTorchvisionLayout ? "torchvision/" : "timm/"
    return PublishedWeights.catalog.entries
      .first { $0.model == entry.name && $0.name.hasPrefix(package) }
      .flatMap { $0.name.split(separator: ".").first.map(String.init) }
  }
}
