import Numbers
import Torch

/// The training targets of a detector for a batch of N images, on its device.
///
/// F anchors are matched with an object.
public struct DetectionTargets {
  /// The places of the matched anchors, [F], in [N * A].
  let positions: Tensor
  /// The places of the logits that are to be high, [F], in [N * A * C].
  let logitIndices: Tensor
  /// The matched anchors, [F, 4].
  let anchors: Tensor
  /// The boxes of their objects, [F, 4].
  let boxes: Tensor
  /// What each of them counts, [F].
  let weights: Tensor
  /// What the logits of each image count, [N, 1, 1].
  let imageWeights: Tensor
  /// 1 where an anchor counts, [N, A, 1]; nil where all do.
  let counted: Tensor?
  /// The number of matched anchors.
  public let count: Int
  /// The number of all anchors of an image.
  let anchorCount: Int

  /// Computes the targets.
  public init(
    _ truths: [ImageTruth], for detector: any Detector, on grid: AnchorGrid, device: Device = .cpu,
    type: DataType = .float32
  ) {
    var positions: [Int64] = []
    var logitIndices: [Int64] = []
    var anchors: [Float] = []
    var boxes: [Float] = []
    var counts: [Int] = []
    var counted = [Float](repeating: 1, count: truths.count * grid.count)
    var areAllCounted = true
    for (image, truth) in truths.enumerated() {
      let matches = detector.matches(truth, on: grid).sparing(truth.ignored, on: grid)
      let before = positions.count
      for (index, object) in matches.objects.enumerated() where object != AnchorMatches.background {
        let position = image * grid.count + index
        guard object >= 0 else {
          counted[position] = 0
          areAllCounted = false
          continue
        }
        let object = Int(object)
        positions.append(Int64(position))
        logitIndices.append(Int64(position * detector.classes) + truth.labels[object])
        anchors += grid.boxes[(4 * index)..<(4 * index + 4)]
        boxes += truth.boxes[(4 * object)..<(4 * object + 4)]
      }
      counts.append(positions.count - before)
    }
    let perImage = counts.map { count in
      detector.averagesImages
        ? 1 / Float(max(1, count) * truths.count) : 1 / Float(max(1, positions.count))
    }
    let weights = zip(perImage, counts).flatMap { [Float](repeating: $0, count: $1) }
    func moved(_ values: [Float], _ shape: [Int]) -> Tensor {
      Tensor(values, shape: shape).to(type).to(device)
    }
    count = positions.count
    anchorCount = grid.count
    self.positions = Tensor(positions, shape: [count]).to(device)
    self.logitIndices = Tensor(logitIndices, shape: [count]).to(device)
    self.anchors = moved(anchors, [count, 4])
    self.boxes = moved(boxes, [count, 4])
    self.weights = moved(weights, [count])
    imageWeights = moved(perImage, [truths.count, 1, 1])
    self.counted = areAllCounted ? nil : moved(counted, [truths.count, grid.count, 1])
  }

  /// The rows of an output [N, A, k] that are to find something, [F, k].
  func found(_ output: Tensor) -> Tensor {
    output.reshaped([-1, output.size(2)]).rows(positions)
  }
}
