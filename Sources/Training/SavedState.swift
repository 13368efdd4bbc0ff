import Torch

/// A copy of everything that training changes: parameters, buffers and the optimizer's state.
///
/// Taken before a range test or a rehearsal and put back after it, bit for bit.
struct SavedState {
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

  /// Runs a body that trains, and puts back everything that training changes, also where it fails.
  static func withoutTrace<Value>(
    _ model: any Module, _ optimizer: any Optimizer, _ body: () throws -> Value
  ) throws -> Value {
    let snapshot = try SavedState(of: model, optimizer)
    let groups = optimizer.groups
    defer { optimizer.groups = groups }
    model.setTraining(true)
    let result = Result { try body() }
    try snapshot.restore(optimizer)
    return try result.get()
  }

  private static func copyState(of optimizer: any Optimizer) throws -> [String: Tensor] {
    try checked {
      withoutGradient {
        Dictionary(uniqueKeysWithValues: optimizer.state.map { ($0.0, $0.1.detached().clone()) })
      }
    }
  }
}
