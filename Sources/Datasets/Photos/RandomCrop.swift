import Foundation
import Numbers
import Randomness

/// A rectangle of an image, in whole pixels.
struct PixelRectangle: Hashable {
  var left: Int
  var top: Int
  var width: Int
  var height: Int
}

/// How a part of a photograph is chosen for training: anywhere, of any size and shape within limits.
///
/// A part has `scale` of the image's area and a width of `ratio` times its height. Where ten tries
/// find none that fits into the image, the middle is taken, as large as the ratio allows.
///
/// - Source: Szegedy et al., *Going Deeper with Convolutions* (2014), section 6; agrees with
///   torchvision's `RandomResizedCrop`.
public struct RandomCrop: Sendable, Hashable {
  /// The part's share of the area.
  public var scale: ClosedRange<Double>
  /// Its width over its height.
  public var ratio: ClosedRange<Double>

  /// Creates the choice of a crop.
  ///
  /// - Precondition: both ranges are above 0.
  public init(scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 0.75...(4.0 / 3)) {
    precondition(scale.lowerBound > 0 && ratio.lowerBound > 0, "Both ranges must be above 0.")
    self.scale = scale
    self.ratio = ratio
  }

  /// Chooses a part of an image.
  func choose(width: Int, height: Int, stream: inout RandomStream) -> PixelRectangle {
    let logarithms = log(ratio.lowerBound)...log(ratio.upperBound)
    for _ in 0..<10 {
      let area = Double(width * height) * Double.random(in: scale, using: &stream)
      let aspect = exp(Double.random(in: logarithms, using: &stream))
      let across = Int(clamping: (area * aspect).squareRoot().rounded(.toNearestOrEven))
      let down = Int(clamping: (area / aspect).squareRoot().rounded(.toNearestOrEven))
      guard (1...width).contains(across), (1...height).contains(down) else { continue }
      return PixelRectangle(
        left: Int.random(in: 0...(width - across), using: &stream),
        top: Int.random(in: 0...(height - down), using: &stream), width: across, height: down)
    }
    return middle(width: width, height: height)
  }

  /// The largest part about the middle that has an allowed ratio.
  func middle(width: Int, height: Int) -> PixelRectangle {
    var (across, down) = (Double(width), Double(height))
    if across / down < ratio.lowerBound {
      down = (across / ratio.lowerBound).rounded(.toNearestOrEven)
    } else if across / down > ratio.upperBound {
      across = (down * ratio.upperBound).rounded(.toNearestOrEven)
    }
    let (wide, high) = (max(1, Int(clamping: across)), max(1, Int(clamping: down)))
    return PixelRectangle(
      left: (width - wide) / 2, top: (height - high) / 2, width: wide, height: high)
  }
}
