import Numbers
import Torch

/// FCOS, a detector without anchor shapes: each location near the middle of an object predicts the distances
/// to its four edges.
///
/// - Source: Tian et al., *FCOS: Fully Convolutional One-Stage Object Detection* (2019); as torchvision
///   defines, names and initializes it.
public final class FCOS: Detector, BackboneNetwork {
  private let backbone: PyramidBackbone
  private let head: Head
  private let shape: PyramidShape
  /// The number of classes.
  public let classes: Int
  /// A level regresses edges up to this number times the size of its anchors away.
  private let reach: Float

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - convolutions: of each tower of the head.
  ///   - reach: how many of its strides a level looks for an object's edges, 8 in the paper; the last
  ///     level looks farther.
  public init(
    _ shape: PyramidShape = PyramidShape(), on encoder: any Backbone, convolutions: Int = 4,
    reach: Double = 8, classes: Int
  ) {
    self.shape = shape
    self.classes = classes
    self.reach = Float(reach)
    backbone = PyramidBackbone(shape, on: encoder)
    head = Head(shape.channels, convolutions: convolutions, classes: classes)
  }

  /// Backbone and head.
  public var children: [(name: String, value: Any)] { [("backbone", backbone), ("head", head)] }

  /// The network under the pyramid, named as its classifier.
  public var encoder: any Backbone { backbone.body }
  /// The last convolution of the classification branch, which is replaced where the classes differ.
  public var heads: [String] { ["head.classification_head.cls_logits"] }
  /// `classification`, `box`, `centerness`.
  public var lossTerms: [String] { ["classification", "box", "centerness"] }
  /// torchvision's thresholds: a score above 0.2, an IoU of 0.6, at most 100 detections of an image.
  public var rules: DetectionRules { DetectionRules(score: 0.2, overlap: 0.6, most: 100) }
  /// False: the terms of the loss are means over the batch's anchors.
  public var averagesImages: Bool { false }

  /// Returns the network's output for images [N, 3, H, W].
  public func callAsFunction(_ images: Tensor) -> DetectorOutput { head(backbone(images)) }

  /// Returns a square of the stride's size at each location.
  public func anchors(height: Int, width: Int) -> AnchorGrid {
    AnchorGrid(
      grids: shape.grids(height: height, width: width),
      sizes: (0..<shape.levels).map { [Float(4 << (shape.firstStage - 1 + $0))] }, ratios: [1])
  }

  /// Returns, for each location near an object's middle, the smallest object whose edges its level looks for.
  public func matches(_ truth: ImageTruth, on anchors: AnchorGrid) -> AnchorMatches {
    var objects = [Int32](repeating: AnchorMatches.background, count: anchors.count)
    let boxes = (0..<truth.count).map { Corners(truth.boxes, at: $0) }
    let (firstEnd, lastStart) = (anchors.starts[1], anchors.starts[anchors.starts.count - 2])
    anchors.forEach { index, anchor in
      let (position, size) = (anchor.center, anchor.width)
      let low = index < firstEnd ? 0 : size * reach / 2
      let high = index >= lastStart ? Float.infinity : size * reach
      var best: Float = 0
      for (object, box) in boxes.enumerated() {
        let middle = box.center
        guard max(abs(position.x - middle.x), abs(position.y - middle.y)) < 1.5 * size,
          box.contains(position)
        else { continue }
        let farthest = max(
          max(position.x - box.x1, position.y - box.y1),
          max(box.x2 - position.x, box.y2 - position.y))
        guard farthest > low, farthest < high else { continue }
        // As torchvision compares areas, with the digits that are left of a difference so large.
        let smallness = 1e8 - box.area
        if smallness > best {
          best = smallness
          objects[index] = Int32(object)
        }
      }
    }
    return AnchorMatches(objects: objects)
  }

  /// Returns the focal loss of the classes, 1 minus the generalized IoU of the boxes, and the
  /// cross-entropy of center-ness.
  public func losses(_ output: DetectorOutput, for targets: DetectionTargets) -> [Tensor] {
    let anchors = BoxColumns(targets.anchors)
    let truth = BoxColumns(targets.boxes)
    let (x, y, size) = (anchors.centerX, anchors.centerY, anchors.width)
    let said = BoxColumns(targets.found(output.boxes))
    let boxes = BoxColumns(
      x1: x - said.x1 * size, y1: y - said.y1 * size, x2: x + said.x2 * size,
      y2: y + said.y2 * size)
    let box = (generalizedOverlapLoss(boxes, truth) * targets.weights).sum()

    func evenness(_ a: Tensor, _ b: Tensor) -> Tensor { a.minimum(b) / a.maximum(b) }
    let wanted =
      (evenness(x - truth.x1, truth.x2 - x) * evenness(y - truth.y1, truth.y2 - y)).squareRoot()
    let logits = output.centerness.map { targets.found($0).reshaped([-1]) } ?? wanted
    let center = ((softplus(logits) - logits * wanted) * targets.weights).sum()
    return [focalLoss(output.logits, targets), box, center]
  }

  /// Returns the geometric mean of each class's probability and the center-ness.
  public func scores(_ output: DetectorOutput) -> Tensor {
    let classes = sigmoid(output.logits)
    return (output.centerness.map { classes * sigmoid($0) } ?? classes).squareRoot()
  }

  /// Returns the boxes whose edges are so many of the anchor's sizes away from their middles.
  public func decoded(_ numbers: Tensor, from anchors: Tensor) -> Tensor {
    let (first, last) = (anchors.corner(0), anchors.corner(1))
    let middle = 0.5 * (first + last)
    let edges = numbers * (last - first).narrowed(1, from: 0, count: 1)
    return .concatenated([middle - edges.corner(0), middle + edges.corner(1)], along: 2)
  }
}

extension FCOS {
  /// Two towers of convolutions over every level: one classifies, the other predicts edges and
  /// center-ness.
  final class Head: Module {
    private let classificationHead: ClassificationHead
    private let regressionHead: RegressionHead

    init(_ channels: Int, convolutions: Int, classes: Int) {
      classificationHead = ClassificationHead(
        channels, convolutions: convolutions, classes: classes)
      regressionHead = RegressionHead(channels, convolutions: convolutions)
    }

    func callAsFunction(_ levels: [Tensor]) -> DetectorOutput {
      let regressions = levels.map(regressionHead.callAsFunction)
      return DetectorOutput(
        logits: .concatenated(levels.map(classificationHead.callAsFunction), along: 1),
        boxes: .concatenated(regressions.map(\.boxes), along: 1),
        centerness: .concatenated(regressions.map(\.centerness), along: 1))
    }
  }

  private static func tower(_ channels: Int, convolutions: Int) -> Sequential {
    Sequential(
      (0..<convolutions).flatMap { _ -> [any Layer] in
        [headConvolution(channels, channels), GroupNorm(channels, groups: 32), ReLU()]
      })
  }

  final class ClassificationHead: Module {
    private let conv: Sequential
    private let clsLogits: Convolution
    private let classes: Int

    init(_ channels: Int, convolutions: Int, classes: Int) {
      conv = tower(channels, convolutions: convolutions)
      clsLogits = headConvolution(channels, classes, biases: rareBias)
      self.classes = classes
    }

    func callAsFunction(_ level: Tensor) -> Tensor { clsLogits(conv(level)).perAnchor(classes) }
  }

  final class RegressionHead: Module {
    private let conv: Sequential
    private let bboxReg, bboxCtrness: Convolution

    init(_ channels: Int, convolutions: Int) {
      conv = tower(channels, convolutions: convolutions)
      bboxReg = headConvolution(channels, 4)
      bboxCtrness = headConvolution(channels, 1)
    }

    func callAsFunction(_ level: Tensor) -> (boxes: Tensor, centerness: Tensor) {
      let features = conv(level)
      return (relu(bboxReg(features)).perAnchor(4), bboxCtrness(features).perAnchor(1))
    }
  }
}

extension FCOS {
  /// torchvision's `fcos_resnet50_fpn`, the same on a ResNet-18, and a narrow one.
  ///
  /// The narrow one is for two cores: a residual network of half the width, a pyramid of 64 channels whose
  /// first level lies at a quarter of the image's size, so that small objects are seen, and towers of two
  /// convolutions.
  static let models = ModelFamily(
    head: "fcos", "Tian et al. (2019)",
    besides: [
      DetectorEntry("fcos-narrow", "Rondo's own, made for two cores") {
        FCOS(
          PyramidShape(firstStage: 1, channels: 64, hasTop: false),
          on: ResNetBackbone(depth: 18, width: 32, channels: 3), convolutions: 2, classes: $0)
      }
    ]
  ) { FCOS(on: $0, classes: $1) }
}
