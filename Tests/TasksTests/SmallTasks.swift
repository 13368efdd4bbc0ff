import Settings
import Synchronization
import Testing
import Torch
import Vision

@testable import Datasets
@testable import Tasks

// Tasks that take milliseconds to train, begun alike each time.

@Sendable func smallClassification(norms: Bool = false, test: Int = 4) -> ClassificationTask {
  let data = Shapes.classification(train: 30, test: test, size: 12, seed: 2)
  let network = Sequential(
    [Convolution(3, 8, kernel: 3, stride: 2, bias: true)] + (norms ? [BatchNorm(8)] : []) + [
      ReLU(), Function { $0.flattened(from: 1) },
      Linear(8 * 36, data.classNames.count),
    ])
  network.initialize(seed: 1)
  return ClassificationTask(
    network: network, data: data, augmentation: Augmentation(cropPadding: 2, flips: true),
    labelSmoothing: 0.1, device: .cpu)
}

@Sendable func smallSegmentation(
  _ loss: String = "cross-entropy+dice", test: Int = 1
) throws -> SegmentationTask {
  let data = ShapesWithMasks.data(train: 10, test: test, size: 24, seed: 1)
  let network = UNet(
    width: 4, depth: 2, norms: false, channels: 3, classes: data.classNames.count)
  network.initialize(seed: 2)
  return SegmentationTask(
    network: network, stride: 4, data: data,
    options: .init(
      crops: CropOptions(size: 16), cropsPerImage: 1,
      loss: try SegmentationLoss(#require(LossTerms(loss))),
      classWeights: data.classNames.indices.map { 1 + Double($0) }, testFlip: false), device: .cpu)
}

/// Images with boxes, by the number of test images: each process has the same.
private let drawnBoxes = Mutex<[Int: DetectionSplitData]>([:])

@Sendable func smallDetection(
  averagesImages: Bool = false, test: Int = 2
) throws -> DetectionTask {
  let data = try drawnBoxes.withLock { drawn in
    let data =
      try drawn[test] ?? Shapes.detection(train: 10, test: test, size: 32, most: 3, seed: 4)
    drawn[test] = data
    return data
  }
  let shape = PyramidShape(firstStage: 1, channels: 32, hasTop: false)
  let encoder = ResNetBackbone(depth: 18, width: 8, channels: 3)
  let detector: any Detector =
    averagesImages
    ? RetinaNet(shape, on: encoder, classes: data.classNames.count)
    : FCOS(shape, on: encoder, convolutions: 1, classes: data.classNames.count)
  detector.initialize(seed: 1)
  detector.freezeBatchNorms()
  return DetectionTask(detector: detector, data: data, augmentation: .none, device: .cpu)
}
