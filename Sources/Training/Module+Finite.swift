import Torch

extension Module {
  /// Whether all parameters and running statistics are finite numbers; waits for the device.
  func isFinite() throws -> Bool {
    try checked {
      withoutGradient {
        let sums = namedTensors.map { $0.1.detached().to(.float32).sum() }
        return sums.isEmpty || Tensor.stacked(sums).sum().item().isFinite
      }
    }
  }
}
