import Foundation
import Numbers
import Torch

/// RetinaNet, with nine anchors at each location: three sizes in three aspect ratios.
///
/// - Source: Lin et al., *Focal Loss for Dense Object Detection* (2017); as torchvision defines, names and
///   initializes it.
public final class RetinaNet: Detector, BackboneNetwork {
  private let backbone: PyramidBackbone
  private let head: Head
  private let shape: PyramidShape
  /// The number of classes.
  public let classes: Int

  private static let ratios: [Float] = [0.5, 1, 2]

  /// Creates the network.
  public init(_ shape: PyramidShape = PyramidShape(), on encoder: any Backbone, classes: Int) {
    self.shape = shape
    self.classes = classes
    backbone = PyramidBackbone(shape, on: encoder)
    head = Head(shape.channels, anchors: 9, classes: classes)
  }

  /// Backbone and head.
  public var children: [(name: String, value: Any)] { [("backbone", backbone), ("head", head)] }

  /// The network under the pyramid, named as its classifier.
  public var encoder: any Backbone { backbone.body }
  /// The last convolution of the classification branch, which is replaced where the classes differ.
  public var heads: [String] { ["head.classification_head.cls_logits"] }
  /// `classification`, `box`.
  public var lossTerms: [String] { ["classification", "box"] }
  /// torchvision's thresholds: a score above 0.05, an IoU of 0.5, at most 300 detections of an image.
  public var rules: DetectionRules { DetectionRules(score: 0.05, overlap: 0.5, most: 300) }
  /// True: the terms of the loss are means over images.
  public var averagesImages: Bool { true }

  /// Returns the network's output for images [N, 3, H, W].
  public func callAsFunction(_ images: Tensor) -> DetectorOutput { head(backbone(images)) }

  /// Returns nine boxes at each location, around four strides in size.
  public func anchors(height: Int, width: Int) -> AnchorGrid {
    let sizes = (0..<shape.levels).map { level in
      let size = Double(16 << (shape.firstStage - 1 + level))
      return (0..<3).map { third in Float((size * exp2(Double(third) / 3)).rounded(.down)) }
    }
    return AnchorGrid(
      grids: shape.grids(height: height, width: width),
      sizes: sizes, ratios: Self.ratios)
  }

  /// Returns, for each anchor, the object that it overlaps most if that is by half, or if no other anchor
  /// overlaps that object more; anchors with four to five tenths count for nothing.
  public func matches(_ truth: ImageTruth, on anchors: AnchorGrid) -> AnchorMatches {
    let boxes = (0..<truth.count).map { Corners(truth.boxes, at: $0) }
    guard !boxes.isEmpty else {
      return AnchorMatches(
        objects: [Int32](repeating: AnchorMatches.background, count: anchors.count))
    }
    var overlaps = [Float](repeating: 0, count: boxes.count * anchors.count)
    var best = [Int32](repeating: 0, count: anchors.count)
    var most = [Float](repeating: -1, count: anchors.count)
    var maximumOfObject = [Float](repeating: 0, count: boxes.count)
    anchors.forEach { index, anchor in
      for (object, box) in boxes.enumerated() {
        let overlap = box.overlap(with: anchor)
        overlaps[index * boxes.count + object] = overlap
        maximumOfObject[object] = max(maximumOfObject[object], overlap)
        if overlap > most[index] { (most[index], best[index]) = (overlap, Int32(object)) }
      }
    }
    let objects = best.indices.map { index -> Int32 in
      let isBestOfSome = boxes.indices.contains { object in
        overlaps[index * boxes.count + object] == maximumOfObject[object]
      }
      if most[index] >= 0.5 || isBestOfSome { return best[index] }
      return most[index] < 0.4 ? AnchorMatches.background : AnchorMatches.uncounted
    }
    return AnchorMatches(objects: objects)
  }

  /// Returns the focal loss of the classes, and the distances of the boxes as they are said.
  public func losses(_ output: DetectorOutput, for targets: DetectionTargets) -> [Tensor] {
    let anchors = BoxColumns(targets.anchors)
    let truth = BoxColumns(targets.boxes)
    let said = BoxColumns(targets.found(output.boxes))
    let distances =
      (said.x1 - (truth.centerX - anchors.centerX) / anchors.width).magnitude()
      + (said.y1 - (truth.centerY - anchors.centerY) / anchors.height).magnitude()
      + (said.x2 - (truth.width / anchors.width).logarithm()).magnitude()
      + (said.y2 - (truth.height / anchors.height).logarithm()).magnitude()
    return [focalLoss(output.logits, targets), (distances * targets.weights).sum()]
  }

  /// Returns the classes' probabilities.
  public func scores(_ output: DetectorOutput) -> Tensor { sigmoid(output.logits) }

  /// Returns the boxes that lie so many of the anchors' sizes beside them and are e to so much their size.
  public func decoded(_ numbers: Tensor, from anchors: Tensor) -> Tensor {
    let size = anchors.corner(1) - anchors.corner(0)
    let middle = numbers.corner(0) * size + (anchors.corner(0) + 0.5 * size)
    // Not above 62.5 times the anchor, so that a number gone astray makes no infinite box.
    let growth = numbers.corner(1).clamped(from: -.infinity, to: log(1000 / 16)).exponential()
    let half = 0.5 * (growth * size)
    return .concatenated([middle - half, middle + half], along: 2)
  }
}

extension RetinaNet {
  /// Two towers of four convolutions over every level.
  final class Head: Module {
    private let classificationHead: ClassificationHead
    private let regressionHead: RegressionHead

    init(_ channels: Int, anchors: Int, classes: Int) {
      classificationHead = ClassificationHead(channels, anchors: anchors, classes: classes)
      regressionHead = RegressionHead(channels, anchors: anchors)
    }

    func callAsFunction(_ levels: [Tensor]) -> DetectorOutput {
      DetectorOutput(
        logits: .concatenated(levels.map(classificationHead.callAsFunction), along: 1),
        boxes: .concatenated(levels.map(regressionHead.callAsFunction), along: 1),
        centerness: nil)
    }
  }

  private static func tower(_ channels: Int) -> Sequential {
    Sequential(
      (0..<4).map { _ in Sequential(headConvolution(channels, channels), ReLU()) })
  }

  final class ClassificationHead: Module {
    private let conv: Sequential
    private let clsLogits: Convolution
    private let classes: Int

    init(_ channels: Int, anchors: Int, classes: Int) {
      conv = tower(channels)
      clsLogits = headConvolution(channels, anchors * classes, biases: rareBias)
      self.classes = classes
    }

    func callAsFunction(_ level: Tensor) -> Tensor { clsLogits(conv(level)).perAnchor(classes) }
  }

  final class RegressionHead: Module {
    private let conv: Sequential
    private let bboxReg: Convolution

    init(_ channels: Int, anchors: Int) {
      conv = tower(channels)
      bboxReg = headConvolution(channels, 4 * anchors)
    }

    func callAsFunction(_ level: Tensor) -> Tensor { bboxReg(conv(level)).perAnchor(4) }
  }
}

extension RetinaNet {
  /// torchvision's `retinanet_resnet50_fpn`, and the same on a ResNet-18.
  static let models = ModelFamily(head: "retinanet", "Lin et al. (2017)") {
    RetinaNet(on: $0, classes: $1)
  }
}
