import CImages
import Foundation

/// PNG files, made of pixels.
public enum PNGFile {
  /// Returns an image as a PNG file; nil where the pixels are none.
  ///
  /// - Parameters:
  ///   - pixels: bytes, [H, W, C].
  ///   - channels: 1 for grey, 3 for red, green and blue.
  public static func encode(
    _ pixels: some Collection<UInt8>, height: Int, width: Int, channels: Int
  ) -> Data? {
    guard channels == 1 || channels == 3, height > 0, width > 0,
      pixels.count == height * width * channels
    else { return nil }
    let (w, h, c) = (Int32(width), Int32(height), Int32(channels))
    var file = Data(count: ci_png_bound(w, h, c))
    let count = Array(pixels).withUnsafeBufferPointer { pixels in
      file.withUnsafeMutableBytes { file in
        guard let from = pixels.baseAddress, let to = file.bindMemory(to: UInt8.self).baseAddress
        else { return 0 }
        return ci_png_encode(from, w, h, c, to)
      }
    }
    return count > 0 ? file.prefix(count) : nil
  }
}
