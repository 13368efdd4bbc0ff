import Numbers
import Torch

/// U-Net: a network that classifies each pixel.
///
/// Images become smaller by half, `depth` times, and wider by twice; on the way back up each level gets
/// the feature maps of its own level on the way down:
///
///     3 -> 16 ------------------------------> 32 -> 16 -> classes
///            \-> 32 --------------------> 64 -> 32 -/
///               ...                          ...
///                  \-> 256 (depth 4) -------/
///
/// Convolutions are padded, so that the prediction has the image's size; the paper's are not, and cut borders
/// off. With batch norms it trains faster than the paper's, which has none.
///
/// - Source: Ronneberger, Fischer, Brox, *U-Net* (2015), figure 1.
public final class UNet: Layer {
  private let encoder: [DoubleConvolution]
  private let ups: [TransposedConvolution]
  private let decoder: [DoubleConvolution]
  private let head: Convolution

  /// Creates the network.
  ///
  /// - Parameters:
  ///   - width: channels at the image's own size; 64 in the paper.
  ///   - depth: how often the image is made smaller; 4 in the paper.
  ///   - norms: whether convolutions are followed by batch norms.
  /// - Precondition: width and depth are at least 1.
  public init(width: Int = 64, depth: Int = 4, norms: Bool = true, channels: Int, classes: Int) {
    precondition(width > 0 && depth > 0, "A U-Net has a width and a depth.")
    let widths = (0...depth).map { width << $0 }
    encoder = widths.enumerated().map { level, width in
      DoubleConvolution(level == 0 ? channels : widths[level - 1], width, norms: norms)
    }
    let levels = (0..<depth).reversed()
    ups = levels.map { TransposedConvolution(widths[$0 + 1], widths[$0]) }
    decoder = levels.map { DoubleConvolution(2 * widths[$0], widths[$0], norms: norms) }
    head = Convolution(width, classes, kernel: 1, bias: true, weights: .uniformFanIn, biases: .uniformFanIn)
  }

  /// The levels from the image's own size down, and back up.
  public var children: [(name: String, value: Any)] {
    [
      ("encoder", Sequential(encoder)), ("up", Sequential(ups)),
      ("decoder", Sequential(decoder)), ("head", head),
    ]
  }

  /// The last convolution.
  public var heads: [String] { ["head"] }

  /// Returns logits [N, classes, H, W] for images [N, channels, H, W] whose sides 2^depth divides.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var seen: [Tensor] = []
    var x = x
    for (level, block) in encoder.enumerated() {
      x = block(level == 0 ? x : maxPool(x, kernel: 2))
      seen.append(x)
    }
    seen.removeLast()
    for (up, block) in zip(ups, decoder) {
      guard let beside = seen.popLast() else { break }
      x = block(.concatenated([beside, up(x)], along: 1))
    }
    return head(x)
  }
}

extension UNet {
  private static let defaultDepth = 4

  /// The names that are listed, and those of other widths and depths.
  static let models = ModelFamily(
    [
      entry(width: 16), entry(width: 32), entry(width: 64), entry(width: 16, depth: 3),
      entry(width: 64, norms: false),
    ], spelled: entry)

  /// Returns the network of a folded name: `unet24`, `unet16x3` for another depth than 4, `unet64plain`
  /// for one without batch norms.
  private static func entry(spelled folded: String) -> SegmenterEntry? {
    guard let match = folded.wholeMatch(of: /unet([1-9][0-9]{0,3})(?:x([1-8]))?(plain)?/),
      let width = Int(match.1)
    else { return nil }
    return entry(
      width: width, depth: match.2.flatMap { Int($0) } ?? defaultDepth, norms: match.3 == nil)
  }

  private static func entry(
    width: Int, depth: Int = defaultDepth, norms: Bool = true
  ) -> SegmenterEntry {
    SegmenterEntry(
      "unet-\(width)" + (depth == defaultDepth ? "" : "x\(depth)") + (norms ? "" : "-plain"),
      "Ronneberger et al. (2015)", stride: 1 << depth
    ) { UNet(width: width, depth: depth, norms: norms, channels: $0, classes: $1) }
  }
}
