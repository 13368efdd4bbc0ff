import Datasets
import Masks
import Metrics
import Torch

/// What a network says of an image: classes, and instances where those are trained.
struct SegmentationPrediction {
  /// The class of each pixel; of instances whether it is foreground.
  let classes: LabelMap
  /// The instances, if those are trained.
  let instances: LabelMap?

  /// Reads probabilities, [C, H, W], on the processor; of instances those of background, inside and border.
  ///
  /// - Throws: `TorchError` where an operation failed before.
  init(_ probabilities: Tensor, isInstance: Bool) throws {
    let (height, width) = (probabilities.size(1), probabilities.size(2))
    if isInstance {
      let values = try checked { try probabilities.readFloats() }
      let area = height * width
      (classes, instances) = values.withUnsafeBufferPointer { values in
        let inside = UnsafeBufferPointer(rebasing: values[area..<(2 * area)])
        let border = UnsafeBufferPointer(rebasing: values[(2 * area)..<(3 * area)])
        let instances = InstanceExtractor().instances(
          inside: inside, border: border, width: width, height: height)
        return (instances.foreground, instances)
      }
    } else {
      let best = try checked { try probabilities.argmax(dimension: 0).readInt64s() }
      classes = LabelMap(width: width, height: height, labels: best.map { UInt16(clamping: $0) })
      instances = nil
    }
  }

  /// The metrics of the prediction.
  func caseMetrics(
    _ index: Int, _ image: MaskedImage, classes count: Int, boundaries: Bool = false
  ) -> CaseMetrics {
    CaseMetrics(
      index: index, classes: count, truth: instances == nil ? image.mask : image.mask.foreground,
      prediction: classes, boundaries: boundaries,
      instances: instances.map { (image.mask, $0) })
  }
}
