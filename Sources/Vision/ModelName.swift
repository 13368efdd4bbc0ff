import Foundation
import Torch
import Words

/// The models that can be named.
public enum ModelName: String, Sendable, CaseIterable {
  /// See `ResNet11`.
  case resnet11 = "resnet-11"
  /// See `ResNetCIFAR`.
  case resnet20 = "resnet-20"
  /// See `ResNetCIFAR`.
  case resnet32 = "resnet-32"
  /// See `ResNetCIFAR`.
  case resnet44 = "resnet-44"
  /// See `ResNetCIFAR`.
  case resnet56 = "resnet-56"
  /// See `ResNetCIFAR`.
  case resnet110 = "resnet-110"

  /// Finds a model by its name.
  ///
  /// - Throws: `UnknownModel` with the nearest name.
  public init(named name: String) throws {
    guard let model = ModelName(rawValue: name) else {
      let known = Self.allCases.map(\.rawValue)
      throw UnknownModel(name: name, known: known, nearest: nearest(to: name, among: known))
    }
    self = model
  }

  /// Returns the model, not yet initialised, for images of so many channels.
  public func make(channels: Int, classes: Int) -> any Layer {
    func cifar(_ depth: Int) -> any Layer {
      ResNetCIFAR(depth: depth, channels: channels, classes: classes)
    }
    return switch self {
    case .resnet11: ResNet11(channels: channels, classes: classes)
    case .resnet20: cifar(20)
    case .resnet32: cifar(32)
    case .resnet44: cifar(44)
    case .resnet56: cifar(56)
    case .resnet110: cifar(110)
    }
  }
}

/// A name that no model has.
public struct UnknownModel: Error, Equatable, CustomStringConvertible, LocalizedError {
  /// The name.
  public let name: String
  /// The names there are.
  public let known: [String]
  /// The one most like it.
  public let nearest: String?

  /// One sentence: the name, the nearest, the known ones.
  public var description: String {
    "There is no model '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
      + " Known are: \(known.joined(separator: ", "))."
  }

  /// The same sentence.
  public var errorDescription: String? { description }
}
