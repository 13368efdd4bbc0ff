import Torch

/// A copy of a model's parameters and buffers, which can be put back into it.
struct ModelCopy {
  private let tensors: [(name: String, original: Tensor, copy: Tensor)]

  /// Copies a model as it is now.
  init(of model: any Module) throws {
    tensors = try checked {
      withoutGradient {
        model.namedTensors.map { ($0.0, $0.1, $0.1.detached().clone()) }
      }
    }
  }

  /// The copied tensors, by torchvision's names.
  var named: [(String, Tensor)] { tensors.map { ($0.name, $0.copy) } }

  /// Puts the copy into the model that it was made of.
  func restore() throws {
    try checked {
      withoutGradient {
        for (_, original, copy) in tensors { original.copy(from: copy) }
      }
    }
  }
}
