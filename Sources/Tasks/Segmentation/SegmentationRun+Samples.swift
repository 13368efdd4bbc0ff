import Datasets
import Masks
import Numbers
import Planning
import Runs
import Settings
import Torch
import Training

extension SegmentationRun {
  /// Draws the run's first crops, each with the shares of its classes.
  public func samples() throws -> SampleImages {
    let size = task.options.crops.size
    let stream = task.trainingBatches(
      from: BatchPosition(
        seed: settings.machine.seed, batchSize: min(8, task.trainingCount)))
    guard let batch = try stream.next() else {
      return SampleImages(width: size, height: size, images: [])
    }
    let (bytes, targets) = try checked {
      try withoutGradient {
        let pixels = task.normalization.pixels(of: batch.images).permuted([0, 2, 3, 1])
        return (try pixels.readBytes(), try batch.targets.readInt64s())
      }
    }
    let area = size * size
    let images = (0..<(targets.count / area)).map { index in
      let own = targets[(index * area)..<((index + 1) * area)]
      let pixels = Array(bytes[(3 * index * area)..<(3 * (index + 1) * area)])
      let shares = shares(of: own)
      return pixels.withUnsafeBufferPointer {
        SampleImages.Image(
          caption: shares,
          png: PNG.encoded($0, width: size, height: size, channels: 3))
      }
    }
    return SampleImages(
      width: size, height: size, images: images,
      changes: task.options.crops.augmentation.descriptions)
  }

  /// The share of each class in a crop, as words.
  private func shares(of targets: ArraySlice<Int64>) -> String {
    let names = data.isInstance ? BorderTarget.classNames : data.classNames
    var counts = [Int](repeating: 0, count: names.count)
    for target in targets where target < names.count { counts[Int(target)] += 1 }
    return zip(names, counts).dropFirst().filter { $0.1 > 0 }
      .map { "\($0.0) \(100 * $0.1 / max(1, targets.count)) %" }.joined(separator: ", ")
  }
}
