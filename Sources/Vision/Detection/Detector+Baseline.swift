import Torch

extension Detector {
  /// Returns about the least loss that a prediction can have which is the same at every anchor of every image.
  ///
  /// It is looked for by Adam, since no formula gives it for focal losses and overlaps. Nothing of the
  /// network is used, nor changed.
  ///
  /// - Parameter targets: what is to be said of a batch.
  public func baselineLoss(for targets: DetectionTargets) -> Double {
    let (images, anchors) = (targets.imageWeights.size(0), targets.anchorCount)
    let weights = targets.imageWeights
    func constant(_ count: Int, beginning: Double) -> Parameter {
      Parameter(.full([1, 1, count], beginning, type: weights.type, device: weights.device))
    }
    let logits = constant(classes, beginning: -4.6)
    let boxes = constant(4, beginning: 0.5)
    let centerness = constant(1, beginning: 0)
    let optimizer = Adam(
      [
        ParameterGroup(
          parameters: [("logits", logits), ("boxes", boxes), ("centerness", centerness)],
          learningRate: 0)
      ], decoupledWeightDecay: false)
    let positions = Tensor.zeros([images, anchors, 1], type: weights.type, device: weights.device)
    func everywhere(_ constant: Parameter) -> Tensor { positions + constant.value }
    func loss() -> Tensor {
      let output = DetectorOutput(
        logits: everywhere(logits), boxes: everywhere(boxes), centerness: everywhere(centerness))
      let terms = losses(output, for: targets)
      return terms.dropFirst().reduce(terms[0], +)
    }
    let steps = 100
    for step in 0..<steps {
      // Overlaps have a kink at their best, about which steps of one size would swing.
      optimizer.groups[0].learningRate = 0.2 * Double(steps - step) / Double(steps)
      optimizer.clearGradients()
      loss().backward()
      optimizer.step()
    }
    return withoutGradient { loss().item() }
  }
}
