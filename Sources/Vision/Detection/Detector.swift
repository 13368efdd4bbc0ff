import Torch

/// A network that detects objects: for each anchor, at each location of each level, it predicts the class and
/// the regression of the box.
public protocol Detector: Module {
  /// The number of classes.
  var classes: Int { get }
  /// The names of its loss terms, in the order of `losses(_:for:)`.
  var lossTerms: [String] { get }
  /// The default thresholds for its detections.
  var rules: DetectionRules { get }

  /// Returns the network's output for images [N, 3, H, W].
  func callAsFunction(_ images: Tensor) -> DetectorOutput
  /// Returns the boxes from which it predicts on images of a size.
  func anchors(height: Int, width: Int) -> AnchorGrid
  /// Returns which of an image's objects each anchor is matched with.
  func matches(_ truth: ImageTruth, on anchors: AnchorGrid) -> AnchorMatches
  /// Whether a batch's terms are means over all of its found anchors, or means over images of such means.
  var averagesImages: Bool { get }
  /// Returns the terms of the loss, one number each.
  func losses(_ output: DetectorOutput, for targets: DetectionTargets) -> [Tensor]
  /// Returns the score of each class at each anchor, [N, A, C].
  func scores(_ output: DetectorOutput) -> Tensor
  /// Returns the boxes that the numbers of `DetectorOutput.boxes` make of the anchors, [A, 4]: [N, A, 4].
  func decoded(_ numbers: Tensor, from anchors: Tensor) -> Tensor
}

/// A detector's output for N images, before thresholds and suppression.
public struct DetectorOutput {
  /// The logit of each class at each anchor, [N, A, C].
  public let logits: Tensor
  /// The regression of each anchor's box, [N, A, 4].
  public let boxes: Tensor
  /// The logit of center-ness, [N, A, 1]; nil for a network without it.
  public let centerness: Tensor?

  /// Creates an output.
  public init(logits: Tensor, boxes: Tensor, centerness: Tensor?) {
    (self.logits, self.boxes, self.centerness) = (logits, boxes, centerness)
  }
}

/// The objects of an image, in its pixels.
public struct ImageTruth: Sendable, Hashable {
  /// Boxes, [M, 4], as x1 y1 x2 y2.
  public var boxes: [Float]
  /// The class of each box, [M].
  public var labels: [Int64]
  /// Boxes of regions to ignore, such as crowds, [K, 4].
  public var ignored: [Float]

  /// Creates the objects of an image.
  public init(boxes: [Float], labels: [Int64], ignored: [Float] = []) {
    self.boxes = boxes
    self.labels = labels
    self.ignored = ignored
  }

  /// The number of objects to be found.
  var count: Int { labels.count }
}

/// The object that each anchor is matched with: its number in the image, or one of two numbers below 0.
public struct AnchorMatches: Sendable, Hashable {
  /// An anchor of the background.
  static let background: Int32 = -1
  /// An anchor that does not count in the loss.
  static let uncounted: Int32 = -2

  /// For each anchor the number of its object, or one of two numbers below 0.
  public var objects: [Int32]

  /// Lets anchors that are to find nothing count for nothing where their middles lie in an ignored box.
  func sparing(_ ignored: [Float], on anchors: AnchorGrid) -> AnchorMatches {
    guard !ignored.isEmpty else { return self }
    var spared = self
    let boxes = (0..<ignored.count / 4).map { Corners(ignored, at: $0) }
    anchors.forEach { index, anchor in
      if objects[index] == Self.background, boxes.contains(where: { $0.contains(anchor.center) }) {
        spared.objects[index] = Self.uncounted
      }
    }
    return spared
  }
}
