import Datasets
import Foundation

/// Says what an image with boxes costs on its way into a batch: the least of five rounds, each an epoch.
///
/// - Returns: whether there are images with boxes at the path.
func timedBoxes(_ path: String, longSide: Int?) throws -> Bool {
  let source = try DataSource(named: path)
  guard source.hasBoxes else { return false }
  let kinds: [(String, BoxAugmentation)] = [
    ("none", .none), ("mirrored and scaled", BoxAugmentation(flips: true, scale: 0.75...1.5)),
    ("turned as well", BoxAugmentation(flips: true, rotates90: true, scale: 0.75...1.5)),
    ("mirrored, scaled, light (usual)", .default),
    ("four in one", BoxAugmentation(flips: true, scale: 0.75...1.5, mosaic: 1)),
    (
      "four in one, light",
      BoxAugmentation(
        flips: true, scale: 0.75...1.5, colorJitter: BoxAugmentation.default.colorJitter, mosaic: 1)
    ),
  ]
  for (place, memory) in [("memory", DetectionDataset.defaultMemory), ("files", 0)] {
    let data = try source.loadBoxes(BoxOptions(imageSize: longSide, memory: memory))
    let (set, frame) = (data.train, data.train.frame)
    print(
      "\(data.found); \(set.count) to learn from, \(frame.width)x\(frame.height), from \(place)")
    for (name, augmentation) in kinds {
      var order = BatchOrder.training(count: set.count, batchSize: 4, seed: 1)
      order.isEndless = false
      let rounds = try (0..<5).map { _ in
        try processorSeconds {
          let loader = set.trainingLoader(order, augmentation: augmentation, seed: 1, workers: 1)
          while try loader.next() != nil {}
        }
      }
      let milliseconds = (rounds.min() ?? .nan) * 1000 / Double(order.batchesPerEpoch * 4)
      print(String(format: "%.2f milliseconds of a core an image: ", milliseconds) + name)
    }
  }
  return true
}
