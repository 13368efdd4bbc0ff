import Torch

/// A copy of everything that training changes: parameters, buffers and the optimizer's state.
///
/// Taken before the range test and put back after it, bit for bit.
struct Snapshot {
  private let modelCopy: ModelCopy
  private let optimizerState: [String: Tensor]

  /// Copies the state as it is now.
  init(of model: any Module, _ optimizer: any Optimizer) throws {
    modelCopy = try ModelCopy(of: model)
    optimizerState = try Self.copyState(of: optimizer)
  }

  /// Puts the state back.
  func restore(_ optimizer: any Optimizer) throws {
    try modelCopy.restore()
    optimizer.clearGradients()
    try optimizer.restore(optimizerState)
  }

  private static func copyState(of optimizer: any Optimizer) throws -> [String: Tensor] {
    try checked {
      withoutGradient {
        Dictionary(uniqueKeysWithValues: optimizer.state.map { ($0.0, $0.1.detached().clone()) })
      }
    }
  }
}
