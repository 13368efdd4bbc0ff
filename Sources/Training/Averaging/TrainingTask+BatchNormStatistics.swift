import Torch

extension TrainingTask {
  /// Measures the statistics of the model's batch norms anew, as means over training batches.
  ///
  /// A mean of weights has activations that no model before it had, so that their running statistics fit
  /// none of it. The batches are those with which the run began; nothing is trained on them. What is
  /// dropped follows from the seed and the batch's number, so that the statistics follow from the
  /// weights alone, whatever was trained before.
  ///
  /// - Source: Izmailov et al. (2018), section 3.2; PyTorch's `update_bn`.
  func reestimateStatistics(seed: UInt64, batchSize: Int) throws {
    let norms = model.namedModules.compactMap { $0.1 as? BatchNorm }
    guard !norms.isEmpty else { return }
    let momenta = norms.map(\.momentum)
    defer { for (norm, momentum) in zip(norms, momenta) { norm.momentum = momentum } }
    model.setTraining(true)
    let random = model.randomModules
    let stream = try trainingBatches(from: BatchPosition(seed: seed, batchSize: batchSize))
    for number in 1...reestimationBatches(of: batchSize) {
      guard let batch = try stream.next() else { break }
      // Each batch has the same share: the first replaces what was there.
      for norm in norms { norm.momentum = 1 / Double(number) }
      random.prepare(
        seed: seed.ofProcess(ProcessGroup.current?.rank ?? 0), batch: number - 1)
      try checked { withoutGradient { _ = trainingLoss(of: batch) } }
    }
    try ProcessGroup.current?.allReduceMean(model.statistics)
  }

  /// The batches of an epoch, or as many as have 10,000 images: more tell nothing new.
  private func reestimationBatches(of batchSize: Int) -> Int {
    max(1, min(trainingCount / max(1, batchSize), (10_000 + batchSize - 1) / max(1, batchSize)))
  }
}
