// How fast images are read.
//
//   LoadingBenchmark FOLDER [SIZE]
//
// Small images: from the disk into memory, and then what each augmentation costs on one thread.
// Photographs: a random part of each at 224x224 (or SIZE),
// mirrored or not, beside the same files decoded whole by libjpeg-turbo and not looked at any further.
// Both are done by as many threads as there are cores, the files once read before, in turn, five times.
// Images with boxes: what one costs on one thread by each change of it, read from its file and from memory.

import Datasets
import Foundation

let path = CommandLine.arguments.dropFirst().first ?? "."
let cores = ProcessInfo.processInfo.activeProcessorCount

/// Seconds of all threads together that something takes, which other programs lengthen less than time.
func processorSeconds(_ work: () throws -> Void) rethrows -> Double {
  let start = clock()
  try work()
  return Double(clock() - start) / Double(CLOCKS_PER_SEC)
}

/// Seconds that something takes.
func seconds(_ work: () throws -> Void) rethrows -> Double {
  let taken = try ContinuousClock().measure(work)
  return Double(taken.components.seconds) + Double(taken.components.attoseconds) * 1e-18
}

if try timedBoxes(path, longSide: CommandLine.arguments.dropFirst(2).first.flatMap(Int.init)) {
  exit(0)
}

var options = DataOptions()
options.imageSize = CommandLine.arguments.dropFirst(2).first.flatMap(Int.init)
var loaded: ImageData?
let reading = try seconds { loaded = try DataSource(named: path).load(options) }
guard let data = loaded else { exit(1) }
print("\(data.found): \(data.train.count) and \(data.test.count) images in \(reading) s")

// MARK: Small images

/// What an image costs by each augmentation, and by none: the least of five rounds.
func augmenting(_ images: ImageSet) throws -> [(name: String, microseconds: Double)] {
  let kinds: [(String, Augmentation)] = [
    ("none", .none), ("shift and mirror", Augmentation(cropPadding: 4, flips: true)),
    ("random part", Augmentation(cropScale: 0.08...1)),
    ("brightness", Augmentation(colorJitter: ColorJitter(brightness: 0.4))),
    ("contrast", Augmentation(colorJitter: ColorJitter(contrast: 0.4))),
    ("saturation", Augmentation(colorJitter: ColorJitter(saturation: 0.4))),
    ("hue", Augmentation(colorJitter: ColorJitter(hue: 0.1))),
    ("RandAugment 2,9", Augmentation(randAugment: RandAugment())),
    ("cutout", Augmentation(cutout: 8)),
  ]
  return try kinds.map { name, augmentation in
    var order = BatchOrder.training(count: images.count, batchSize: 128, seed: 1)
    order.isEndless = false
    order.limit = min(images.count, 10_000)
    let rounds = try (0..<5).map { _ in
      try processorSeconds {
        let loader = images.batches(order, augmentation: augmentation, seed: 1, workers: 1)
        while try loader.next() != nil {}
      }
    }
    let count = order.batchesPerEpoch * order.batchSize
    return (name, (rounds.min() ?? .nan) * 1e6 / Double(count))
  }
}

guard let photos = data.train as? ImageFileDataset else {
  if let images = data.train as? ImageSet {
    for (name, microseconds) in try augmenting(images) {
      print(String(format: "%.2f microseconds of a core an image: ", microseconds) + name)
    }
  }
  exit(0)
}

// MARK: Photographs

/// What an image took.
struct Cost {
  var images: Int
  var seconds = 0.0
  var processorSeconds = 0.0

  init(images: Int, _ work: () throws -> Void) rethrows {
    self.images = images
    processorSeconds = try LoadingBenchmark.processorSeconds {
      seconds = try LoadingBenchmark.seconds(work)
    }
  }

  var description: String {
    String(
      format: "%.0f images/s, %.3f ms of a core", Double(images) / seconds,
      processorSeconds * 1000 / Double(images))
  }
}

/// Whole epochs of training batches.
func training(batchSize: Int = 32, epochs: Int = 4) throws -> Cost {
  let batches = photos.count / batchSize * epochs
  return try Cost(images: batches * batchSize) {
    var order = BatchOrder.training(count: photos.count, batchSize: batchSize, seed: 1)
    // No batch is begun that is not counted.
    order.isEndless = false
    for epoch in 0..<epochs {
      order.firstEpoch = epoch
      let loader = photos.batches(
        order, augmentation: Augmentation(flips: true), seed: 1, workers: cores)
      while try loader.next() != nil {}
    }
  }
}

/// Files decoded whole, from memory that is used again to memory that is used again.
func decoding(rounds: Int = 4) throws -> Cost {
  try Cost(images: photos.count * rounds) { try decodeWhole(photos.paths, rounds: rounds) }
}

_ = try decoding()
for _ in 0..<5 {
  let (whole, part) = (try decoding(), try training())
  print("decoded whole \(whole.description); read for training \(part.description)")
}
