import Torch
import Words

/// The networks that say of each pixel which class it belongs to, by name.
public enum SegmenterName: Sendable, Hashable {
  /// See `UNet`: `unet-16`, or `unet-16x3` for another depth than 4; `-plain` for no batch norms.
  case unet(width: Int, depth: Int, norms: Bool)

  /// The name.
  public var rawValue: String {
    switch self {
    case .unet(let width, let depth, let norms):
      "unet-\(width)" + (depth == Self.usualDepth ? "" : "x\(depth)") + (norms ? "" : "-plain")
    }
  }

  /// Names that are usual; others are made of other numbers.
  public static let usual = ["unet-16", "unet-32", "unet-64", "unet-16x3", "unet-64-plain"]
  private static let usualDepth = 4

  /// Finds a network by its name.
  ///
  /// - Throws: `UnknownModel` with the nearest of the usual names.
  public init(named name: String) throws {
    guard let match = name.wholeMatch(of: /unet-([1-9][0-9]{0,3})(?:x([1-8]))?(-plain)?/),
      let width = Int(match.1)
    else {
      throw UnknownModel(
        name: name, known: Self.usual, nearest: nearest(to: name, among: Self.usual))
    }
    self = .unet(
      width: width, depth: match.2.flatMap { Int($0) } ?? Self.usualDepth, norms: match.3 == nil)
  }

  /// What divides the sides of every image that the network sees.
  public var stride: Int {
    switch self {
    case .unet(_, let depth, _): 1 << depth
    }
  }

  /// Makes the network, with parameters that are still to be filled.
  ///
  /// - Returns: one that gives logits [N, classes, H, W] for images [N, channels, H, W].
  public func make(channels: Int = 3, classes: Int) -> any Layer {
    switch self {
    case .unet(let width, let depth, let norms):
      UNet(width: width, depth: depth, norms: norms, channels: channels, classes: classes)
    }
  }
}
