import Boxes
import Numbers

/// An image on its way into a batch's image: turned or mirrored, scaled, laid down somewhere, and seen
/// through a window.
///
/// Pixels and boxes follow the same numbers, so that they stay together to a fraction of a pixel.
struct Tile {
  /// What is narrower than this in a batch, in pixels, nobody can be asked to find.
  static let minimumSide = 2.0

  /// How the image is turned or mirrored first.
  var orientation = Orientation.upright
  /// Pixels of the batch for one of the image.
  var scale: Double
  /// Where the turned image's left edge comes to lie in the batch's image.
  var left = 0.0
  /// Where the turned image's upper edge comes to lie.
  var top = 0.0
  /// The part of the batch's image in which this one is seen.
  var frame: PixelRectangle

  /// Returns where a box of an image comes to lie, whether it is seen there or not.
  func placed(_ box: Box, width: Double, height: Double) -> Box {
    let turned = orientation.seen(box, width: width, height: height)
    return Box(
      x: turned.x * scale + left, y: turned.y * scale + top, width: turned.width * scale,
      height: turned.height * scale)
  }

  /// The part of the batch's image that shows the image.
  func window(width: Double, height: Double) -> Box {
    placed(Box(x: 0, y: 0, width: width, height: height), width: width, height: height)
      .part(in: Box(frame))
  }

  /// The pixels of the batch's image whose middles lie on the image; nil where there are none.
  func pixels(width: Double, height: Double) -> PixelRectangle? {
    let window = window(width: width, height: height)
    let (left, top) = (Int(clamping: window.x.rounded()), Int(clamping: window.y.rounded()))
    let (right, bottom) = (
      Int(clamping: window.maxX.rounded()), Int(clamping: window.maxY.rounded())
    )
    guard right > left, bottom > top else { return nil }
    return PixelRectangle(left: left, top: top, width: right - left, height: bottom - top)
  }

  /// Returns which part of the image becomes these pixels; it may reach over an edge by half a pixel of
  /// the batch.
  func part(for pixels: PixelRectangle, width: Double, height: Double) -> Box {
    let turned = Box(
      x: (Double(pixels.left) - left) / scale, y: (Double(pixels.top) - top) / scale,
      width: Double(pixels.width) / scale, height: Double(pixels.height) / scale)
    return orientation.stored(turned, width: width, height: height)
  }
}

extension Box {
  /// The edges of whole pixels.
  init(_ pixels: PixelRectangle) {
    self.init(
      x: Double(pixels.left), y: Double(pixels.top), width: Double(pixels.width),
      height: Double(pixels.height))
  }
}

extension Orientation {
  /// Where a box on what is stored lies in what is seen.
  func seen(_ box: Box, width: Double, height: Double) -> Box {
    let box = reversed(box, width: width, height: height)
    return swapsSides ? box.swapped : box
  }

  /// Where a box on what is seen lies in what is stored.
  func stored(_ box: Box, width: Double, height: Double) -> Box {
    reversed(swapsSides ? box.swapped : box, width: width, height: height)
  }

  private func reversed(_ box: Box, width: Double, height: Double) -> Box {
    var box = box
    if reversesColumns { box.x = width - box.maxX }
    if reversesRows { box.y = height - box.maxY }
    return box
  }
}

extension Box {
  fileprivate var swapped: Box { Box(x: y, y: x, width: height, height: width) }
}
