import Torch

/// Returns the focal loss of logits [N, A, C] that are to be high at the targets' places and low
/// elsewhere, with each place's weight.
///
/// All logits are first assumed low, then those that are to be high are exchanged, so that no table
/// of the logits' size has to be filled with targets.
///
/// - Source: Lin et al., *Focal Loss for Dense Object Detection* (2017), equation 5, with alpha 0.25 and
///   gamma 2; torchvision's `sigmoid_focal_loss`.
func focalLoss(_ logits: Tensor, _ targets: DetectionTargets) -> Tensor {
  func low(_ x: Tensor) -> Tensor { 0.75 * (sigmoid(x).power(2) * softplus(x)) }
  func high(_ x: Tensor) -> Tensor { 0.25 * (sigmoid(-x).power(2) * softplus(-x)) }
  let everywhere = low(logits) * targets.imageWeights
  let counted = targets.counted.map { everywhere * $0 } ?? everywhere
  let found = logits.reshaped([-1]).rows(targets.logitIndices)
  return counted.sum() + ((high(found) - low(found)) * targets.weights).sum()
}

/// Returns 1 minus the generalized IoU of each box with another, [F], for boxes [F, 4].
///
/// - Source: Rezatofighi et al., *Generalized Intersection over Union* (2019); torchvision's
///   `generalized_box_iou_loss`.
func generalizedOverlapLoss(_ a: BoxColumns, _ b: BoxColumns) -> Tensor {
  let sharedWidth = relu(a.x2.minimum(b.x2) - a.x1.maximum(b.x1))
  let sharedHeight = relu(a.y2.minimum(b.y2) - a.y1.maximum(b.y1))
  let shared = sharedWidth * sharedHeight
  let joined = a.area + b.area - shared
  let width = a.x2.maximum(b.x2) - a.x1.minimum(b.x1)
  let height = a.y2.maximum(b.y2) - a.y1.minimum(b.y1)
  let around = width * height
  let overlap = shared / (joined + 1e-7)
  let empty = (around - joined) / (around + 1e-7)
  return empty - overlap + 1.0
}

/// Boxes [F, 4] as their four columns, [F] each.
struct BoxColumns {
  let x1, y1, x2, y2: Tensor

  init(x1: Tensor, y1: Tensor, x2: Tensor, y2: Tensor) {
    (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
  }

  init(_ boxes: Tensor) {
    func column(_ index: Int) -> Tensor {
      boxes.narrowed(1, from: index, count: 1).reshaped([-1])
    }
    self.init(x1: column(0), y1: column(1), x2: column(2), y2: column(3))
  }

  var width: Tensor { x2 - x1 }
  var height: Tensor { y2 - y1 }
  var area: Tensor { width * height }
  var centerX: Tensor { (x1 + x2) / 2 }
  var centerY: Tensor { (y1 + y2) / 2 }
}
