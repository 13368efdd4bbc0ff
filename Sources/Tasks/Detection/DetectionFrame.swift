import Boxes
import Datasets
import Torch
import Vision

/// A detector and the frame that its images come in: from bytes to the network's numbers, and from its
/// predictions back to boxes on the images.
struct DetectionFrame {
  let frame: ImageFrame
  let detector: any Detector
  let anchors: AnchorGrid
  let normalization: Normalization
  private let device: Device
  let rules: DetectionRules

  init(_ frame: ImageFrame, for detector: any Detector, on device: Device) {
    self.frame = frame
    self.detector = detector
    self.device = device
    anchors = detector.anchors(height: frame.height, width: frame.width)
    normalization = Normalization(mean: frame.mean, deviation: frame.deviation, on: device)
    // COCO's metrics look at a hundred detections an image, also at those that are hardly likely.
    var rules = detector.rules
    rules.score = min(rules.score, 0.05)
    rules.most = 100
    self.rules = rules
  }

  /// Returns a batch's images, copied to the device once and normalized there: [N, 3, H, W].
  func images(_ batch: BoxBatch) -> Tensor {
    normalization.images(
      UnsafeRawBufferPointer(batch.pixels), shape: [batch.count, frame.height, frame.width, 3],
      on: device)
  }

  /// Returns what the detector is to say of a batch.
  func targets(_ batch: BoxBatch) -> DetectionTargets {
    let truths = (0..<batch.count).map { image in
      let objects = batch.starts[image]..<batch.starts[image + 1]
      let ignored = batch.ignoredStarts[image]..<batch.ignoredStarts[image + 1]
      return ImageTruth(
        boxes: Array(batch.boxes[(4 * objects.lowerBound)..<(4 * objects.upperBound)]),
        labels: Array(batch.labels[objects]),
        ignored: Array(batch.ignored[(4 * ignored.lowerBound)..<(4 * ignored.upperBound)]))
    }
    return DetectionTargets(truths, for: detector, on: anchors, device: device)
  }

  /// Returns what was found on each image, in the image's own pixels.
  ///
  /// - Throws: `TorchError` where an operation failed before.
  func detections(
    _ output: DetectorOutput, placements: [ImagePlacement]
  ) throws -> [[DetectedBox]] {
    let sizes = placements.map { placement in
      (
        width: Float(Double(placement.width) * placement.scale),
        height: Float(Double(placement.height) * placement.scale)
      )
    }
    let found = try detector.detections(output, on: anchors, sizes: sizes, rules: rules)
    return zip(found, placements).map { found, placement in
      found.map { detection in
        DetectedBox(
          placement.original(detection.box), label: detection.label, score: detection.score)
      }
    }
  }
}
