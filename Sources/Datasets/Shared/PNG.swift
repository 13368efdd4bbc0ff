import CImages
import Foundation
import Numbers

/// PNG files made in memory, to be shown on a page.
public enum PNG {
  /// Returns an image as a PNG file.
  ///
  /// - Parameter pixels: bytes, [height, width, channels]; channels are 1 or 3.
  /// - Precondition: there are as many bytes as the shape needs.
  public static func encoded(
    _ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int
  ) -> Data {
    precondition(
      width > 0 && height > 0 && (channels == 1 || channels == 3)
        && pixels.count == width * height * channels,
      "\(pixels.count) bytes are not an image of \(height)x\(width)x\(channels).")
    var file: UnsafeMutablePointer<UInt8>?
    let count = ci_png_encode(
      pixels.baseAddress, Int32(width), Int32(height), Int32(channels), &file)
    guard let file else { return Data() }
    return Data(bytesNoCopy: file, count: count, deallocator: .free)
  }
}
