import Masks

/// An image and what each of its pixels is.
public struct MaskedImage: Sendable, Hashable {
  /// The image, [H, W, 3], a byte each.
  public let pixels: [UInt8]
  /// The class of each pixel, or which instance it belongs to.
  public let mask: LabelMap

  /// Pixels from left to right.
  public var width: Int { mask.width }
  /// Pixels from top to bottom.
  public var height: Int { mask.height }

  /// Creates an image with its mask.
  ///
  /// - Precondition: they are of one size.
  public init(pixels: [UInt8], mask: LabelMap) {
    precondition(
      pixels.count == mask.labels.count * 3, "An image and its mask must be of one size.")
    self.pixels = pixels
    self.mask = mask
  }
}

/// A whole image with red, green and blue, to be predicted on.
public struct ColorImage: Sendable, Hashable {
  /// Pixels from left to right.
  public let width: Int
  /// Pixels from top to bottom.
  public let height: Int
  /// The image, [H, W, 3], a byte each.
  public let pixels: [UInt8]

  /// Takes an image.
  ///
  /// - Precondition: there are three bytes a pixel.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "There must be three bytes a pixel.")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Reads an image file; a gray image has three equal channels.
  ///
  /// - Parameters:
  ///   - filledBits: how many of 16 bits are filled, as in what a model was trained on.
  ///   - maximumPixels: how many pixels are read at most.
  /// - Throws: `ImageFault`.
  public init(
    file: String, filledBits: FilledBits = .all, maximumPixels: Int = .max
  ) throws(ImageFault) {
    let decoder = ImageDecoder(filledBits: filledBits)
    try self.init(file: file, by: decoder, maximumPixels: maximumPixels)
  }

  init(file: String, by decoder: ImageDecoder, maximumPixels: Int = .max) throws(ImageFault) {
    let header = try decoder.open(file)
    guard header.width * header.height <= maximumPixels else {
      throw .tooLarge(width: header.width, height: header.height, most: maximumPixels)
    }
    let count = header.width * header.height * 3
    var fault: ImageFault?
    // Memory that is not written to costs nothing, should less arrive than the header claims.
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { room, filled in
      do throws(ImageFault) {
        try decoder.decode(
          channels: 3, to: UnsafeMutableBufferPointer(rebasing: room.prefix(count)))
        filled = count
      } catch { fault = error }
    }
    if let fault { throw fault }
    self.init(width: header.width, height: header.height, pixels: pixels)
  }
}
