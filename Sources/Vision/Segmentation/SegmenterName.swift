import Numbers
import Torch
import Words

/// The networks that say of each pixel which class it belongs to, by name.
public enum SegmenterName: Sendable, Hashable {
  /// See `UNet`: `unet-16`, or `unet-16x3` for another depth than 4; `-plain` for no batch norms.
  case unet(width: Int, depth: Int, norms: Bool)
  /// See `ResNetUNet`: `unet-resnet-18`, or another depth.
  case resnetUNet(depth: Int)
  /// See `DilatedSegmenter`: `fcn-resnet-50`, or another depth.
  case fcn(depth: Int)
  /// See `DilatedSegmenter`: `deeplabv3-resnet-50`, or another depth.
  case deepLabV3(depth: Int)

  /// The name.
  public var rawValue: String {
    switch self {
    case .unet(let width, let depth, let norms):
      "unet-\(width)" + (depth == Self.usualDepth ? "" : "x\(depth)") + (norms ? "" : "-plain")
    case .resnetUNet(let depth): "unet-resnet-\(depth)"
    case .fcn(let depth): "fcn-resnet-\(depth)"
    case .deepLabV3(let depth): "deeplabv3-resnet-\(depth)"
    }
  }

  /// Names that are usual; others are made of other numbers.
  public static let usual =
    [
      "unet-16", "unet-32", "unet-64", "unet-16x3", "unet-64-plain",
    ] + Self.onResNets.map(\.rawValue)
  private static let onResNets: [SegmenterName] =
    [18, 34, 50].map { .resnetUNet(depth: $0) }
    + [50, 101].flatMap { [.fcn(depth: $0), .deepLabV3(depth: $0)] }
  private static let usualDepth = 4

  /// Finds a network by its name, in any spelling.
  ///
  /// - Throws: `UnknownModel` with the nearest of the usual names.
  public init(named name: String) throws {
    let folded = foldedSpelling(name)
    if let known = Self.onResNets.first(where: { foldedSpelling($0.rawValue) == folded }) {
      self = known
      return
    }
    guard let match = folded.wholeMatch(of: /unet([1-9][0-9]{0,3})(?:x([1-8]))?(plain)?/),
      let width = Int(match.1)
    else {
      throw UnknownModel(name, among: Self.usual)
    }
    self = .unet(
      width: width, depth: match.2.flatMap { Int($0) } ?? Self.usualDepth, norms: match.3 == nil)
  }

  /// What divides the sides of every image that the network sees.
  public var stride: Int {
    switch self {
    case .unet(_, let depth, _): 1 << depth
    case .resnetUNet: 32
    case .fcn, .deepLabV3: 8
    }
  }

  /// Makes the network, with parameters that are still to be filled.
  ///
  /// - Returns: one that gives logits [N, classes, H, W] for images [N, channels, H, W].
  public func make(channels: Int = 3, classes: Int) -> any Layer {
    switch self {
    case .unet(let width, let depth, let norms):
      UNet(width: width, depth: depth, norms: norms, channels: channels, classes: classes)
    case .resnetUNet(let depth): ResNetUNet(depth: depth, channels: channels, classes: classes)
    case .fcn(let depth):
      DilatedSegmenter.fcn(depth: depth, channels: channels, classes: classes)
    case .deepLabV3(let depth):
      DilatedSegmenter.deepLabV3(depth: depth, channels: channels, classes: classes)
    }
  }
}
