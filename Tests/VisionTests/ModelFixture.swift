import Foundation
import Testing
import Torch

/// What torchvision, or PyTorch, computed with a model, written by `Scripts/fixtures/model_fixtures.py`.
struct ModelFixture: Decodable {
  /// Each parameter's and buffer's shape, as `64x3x7x7`.
  let shapes: [String: String]
  /// The deviation of each filter and matrix, and the largest bias, as the library itself begins.
  let beginning: [String: Double]?
  /// Width and height of the images, if there are predictions.
  let size: Int?
  /// Logits in evaluation mode.
  let evaluation: [Double]?
  /// Logits in training mode.
  let training: [Double]?
  /// Each gradient's norm, and the product of its beginning with a direction.
  let gradients: [String: [Double]]?
  /// The norms of running means and variances after the training mode's logits, for some models.
  let statistics: [String: Double]?

  static let all: [String: ModelFixture] = {
    guard
      let file = Bundle.module.url(
        forResource: "models", withExtension: "json", subdirectory: "Fixtures"),
      let data = try? Data(contentsOf: file)
    else { return [:] }
    return (try? JSONDecoder().decode([String: ModelFixture].self, from: data)) ?? [:]
  }()

  static func named(_ name: String) throws -> ModelFixture { try #require(all[name], "\(name)") }
}

/// The formula by which the fixture's script makes weights and images, in whole numbers.
enum Formula {
  static let period = 1009

  /// The FNV-1a hash of a name, below the period.
  private static func phase(_ name: String) -> Int {
    let hash = name.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    return Int(hash) % period
  }

  /// The numbers that repeat through a tensor.
  static func pattern(_ name: String, scale: Double = 1, offset: Double = 0) -> Tensor {
    let phase = phase(name)
    let values = (0..<period).map { index in
      Float(offset + scale * (Double((7 * index * index + 3 * index + phase) % period) / 504 - 1))
    }
    return Tensor(values, shape: [1, period])
  }

  static func tensor(
    _ name: String, _ shape: [Int], scale: Double = 1, offset: Double = 0
  ) -> Tensor {
    let count = shape.reduce(1, *)
    let rows = Tensor.ones([(count + period - 1) / period, 1])
    return (rows * pattern(name, scale: scale, offset: offset)).reshaped([-1])
      .narrowed(0, from: 0, count: count).reshaped(shape)
  }

  /// Fills filters and matrices so that numbers keep their size, scales and variances around 1.
  static func fill(_ model: any Module) {
    withoutGradient {
      for (name, tensor) in model.namedTensors {
        let shape = tensor.shape
        if shape.count > 1 {
          let inputs = Double(shape.dropFirst().reduce(1, *))
          tensor.copy(from: self.tensor(name, shape, scale: (6 / inputs).squareRoot()))
        } else if name.hasSuffix("running_var") {
          tensor.copy(from: self.tensor(name, shape, scale: 0.5, offset: 1))
        } else {
          let offset: Double = name.hasSuffix("weight") ? 1 : 0
          tensor.copy(from: self.tensor(name, shape, scale: 0.1, offset: offset))
        }
      }
    }
  }
}
