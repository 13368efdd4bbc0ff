import Foundation
import Torch
import Words

/// The models that can be named.
public enum ModelName: String, Sendable, Named {
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
  /// See `ResNet9`.
  case resnet9 = "resnet-9"
  /// See `PreActivationResNet`.
  case preActivationResNet20 = "preact-resnet-20"
  /// See `PreActivationResNet`.
  case preActivationResNet110 = "preact-resnet-110"
  /// See `PreActivationResNet`.
  case preActivationResNet164 = "preact-resnet-164"
  /// See `PreActivationResNet.init(depth:widening:channels:classes:dropout:stochasticDepth:)`.
  case wideResNet16By4 = "wide-resnet-16-4"
  /// See `PreActivationResNet.init(depth:widening:channels:classes:dropout:stochasticDepth:)`.
  case wideResNet28By10 = "wide-resnet-28-10"
  /// See `DenseNetCIFAR`.
  case denseNet40By12 = "densenet-bc-40-12"
  /// See `DenseNetCIFAR`.
  case denseNet100By12 = "densenet-bc-100-12"
  /// See `CaffeFull`.
  case caffeFull = "caffe-cifar10-full"
  /// See `CaffeQuick`.
  case caffeQuick = "caffe-cifar10-quick"
  /// See `ResNet`.
  case resnet18 = "resnet-18"
  /// See `ResNet`.
  case resnet34 = "resnet-34"
  /// See `ResNet`.
  case resnet50 = "resnet-50"
  /// See `ResNet`.
  case resnet101 = "resnet-101"
  /// See `ResNet`.
  case resnet152 = "resnet-152"
  /// See `ResNet`.
  case wideResNet50 = "wide-resnet-50-2"
  /// See `ResNet`.
  case wideResNet101 = "wide-resnet-101-2"
  /// See `DenseNet`.
  case denseNet121 = "densenet-121"
  /// See `DenseNet`.
  case denseNet161 = "densenet-161"
  /// See `DenseNet`.
  case denseNet169 = "densenet-169"
  /// See `DenseNet`.
  case denseNet201 = "densenet-201"
  /// See `AlexNet`.
  case alexNet = "alexnet"
  /// See `GoogLeNet`.
  case googLeNet = "googlenet"
  /// See `VGG`.
  case vgg11 = "vgg-11"
  /// See `VGG`.
  case vgg11bn = "vgg-11-bn"
  /// See `VGG`.
  case vgg13 = "vgg-13"
  /// See `VGG`.
  case vgg13bn = "vgg-13-bn"
  /// See `VGG`.
  case vgg16 = "vgg-16"
  /// See `VGG`.
  case vgg16bn = "vgg-16-bn"
  /// See `VGG`.
  case vgg19 = "vgg-19"
  /// See `VGG`.
  case vgg19bn = "vgg-19-bn"

  /// Other systems' names.
  public static var aliases: [String: ModelName] {
    ["wrn-16-4": .wideResNet16By4, "wrn-28-10": .wideResNet28By10]
  }

  /// Finds a model by its name, in any spelling.
  ///
  /// - Throws: `UnknownModel` with the nearest name.
  public init(named name: String) throws {
    guard let model = ModelName(spelled: name) else {
      throw UnknownModel(name, among: Self.names)
    }
    self = model
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

  init(_ name: String, among known: [String]) {
    self.name = name
    self.known = known
    nearest = Words.nearest(to: name, among: known)
  }

  /// One sentence: the name, the nearest, the known ones.
  public var description: String {
    "There is no model '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
      + " Known are: \(known.joined(separator: ", "))."
  }

  /// The same sentence.
  public var errorDescription: String? { description }
}
