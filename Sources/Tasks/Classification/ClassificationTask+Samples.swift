import Datasets
import Foundation
import Numbers
import Planning
import Runs
import Torch
import Training

extension ClassificationTask {
  /// Returns the images with which a run of this seed begins, as the network sees them.
  func samples(_ count: Int, seed: UInt64) throws -> SampleImages {
    let stream = imageBatches(
      from: BatchPosition(seed: seed, batchSize: min(count, data.train.count)))
    guard let batch = try stream.next() else {
      return SampleImages(width: data.train.width, height: data.train.height, images: [])
    }
    let (height, width, channels) = (data.train.height, data.train.width, data.train.channels)
    let size = height * width * channels
    let bytes = try checked {
      try withoutGradient { () -> [UInt8] in
        try normalization.pixels(of: batch.images).permuted([0, 2, 3, 1]).readBytes()
      }
    }
    let captions = try checked { try makeCaptions(for: batch) }
    let images = bytes.withUnsafeBufferPointer { bytes in
      captions.indices.map { index in
        SampleImages.Image(
          caption: captions[index],
          png: PNG.encoded(
            UnsafeBufferPointer(rebasing: bytes[(index * size)..<((index + 1) * size)]),
            width: width, height: height, channels: channels))
      }
    }
    return SampleImages(width: width, height: height, images: images)
  }

  /// The classes of each image of a batch.
  private func makeCaptions(for batch: Batch) throws -> [String] {
    func names(_ labels: Tensor) throws -> [String] {
      try labels.readInt64s().map { data.classNames[Int($0)] }
    }
    let own = try names(batch.labels)
    guard let partners = batch.partners else { return own }
    func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
    return zip(own, try names(partners.labels)).map { own, other in
      own == other
        ? own
        : "\(own) \(percent(partners.share)), \(other) \(percent(1 - partners.share))"
    }
  }
}
